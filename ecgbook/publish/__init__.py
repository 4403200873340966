"""From notebooks to pages: run, check and build the book.

One module a step: `manifest` (what there is), `data` (which ECGs a chapter gets), `execute` (run
the chapters), `inspect` (check what came out), `lint` (check what is written), `generate` (what
is written by program), `build` (pages) and `study` (long grids of runs).
"""
