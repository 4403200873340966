"""Released networks that run in their pages: exported as scripts, beside simulated strips.

`program` says what a page can compute, `networks` how each network is made of it, `script` writes
both into a file, `strips` the ECGs that come with it, and `page` puts all of it into a page.
"""

from ecgbook.publish.live.script import model_script, write_model

__all__ = ["model_script", "write_model"]
