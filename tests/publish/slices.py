"""The statements of a notebook that a cell needs, found without running it."""

import ast
import builtins
import symtable
from dataclasses import dataclass

from ecgbook.publish.lint.syntax import parsed

# What makes numbers that are known before the chapter runs.
_STORED = "results.reference("


@dataclass(frozen=True, eq=False)
class Statement:
    """One statement at the top of a cell: the names that it sets, changes and reads."""

    cell: int
    node: ast.stmt

    @property
    def source(self):
        return ast.unparse(self.node)

    def names(self):
        """Return the names that are set, and those that are read, as two sets."""
        top = symtable.symtable(self.source, "cell", "exec")
        symbols = {symbol.get_name(): symbol for symbol in top.get_symbols()}
        made = {name for name, of in symbols.items() if of.is_assigned() or of.is_imported()}
        made |= {node.name for node in [self.node] if isinstance(node, ast.FunctionDef)}
        read = {name for name, of in symbols.items() if of.is_referenced()}
        return made | _changed(self.node), read | _globals_of(top)

    @property
    def is_import(self):
        return isinstance(self.node, ast.Import | ast.ImportFrom)

    @property
    def is_harmless(self):
        """Whether it computes nothing: an import, a function, or values that are typed."""
        if self.is_import or isinstance(self.node, ast.FunctionDef):
            return True
        calls = [node.func for node in ast.walk(self.node) if isinstance(node, ast.Call)]
        return all(isinstance(call, ast.Name) and hasattr(builtins, call.id) for call in calls)


def statements(notebook):
    """Return the `Statement`s of all code cells in order, those of solutions left out."""
    cells = [cell for cell in notebook.cells if cell.is_code and "solution" not in cell.tags]
    return [
        Statement(cell.number, node)
        for cell in cells
        if (tree := parsed(cell)) is not None
        for node in tree.body
    ]


def slice_of(notebook, number):
    """Return what the code cell of that number needs, itself last, if stored results will do.

    Returns None where something would have to be computed first.
    """
    every = statements(notebook)
    own = [place for place, each in enumerate(every) if each.cell == number]
    taken, waiting = set(), list(own)
    while waiting:
        place = waiting.pop()
        if place in taken:
            continue
        taken.add(place)
        made, read = every[place].names()
        for name in read - set(dir(builtins)):
            found = _setters(every, name, place)
            if not found and name not in made:
                return None
            waiting += found
    chosen = [every[place] for place in sorted(taken)]
    return chosen if _from_stored(chosen, number) else None


def _from_stored(chosen, number):
    """Tell whether each statement is harmless, or rests on stored results and nothing else."""
    stored, said = set(), False
    for each in chosen:
        made, read = each.names()
        rests = _STORED in each.source or bool(read & stored)
        said = said or (each.cell == number and rests)
        if rests:
            stored |= made
        elif not each.is_harmless and each.cell != number:
            return False
    return said


def run(chosen):
    """Run statements, imports only as far as they are read; return the value of the last one."""
    read = set().union(*(each.names()[1] for each in chosen))
    *first, last = [node for each in chosen for node in _needed(each, read)]
    scope = {}
    exec(compile(ast.Module(first, []), "cell", "exec"), scope)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), scope)


def _needed(statement, read):
    """Return the node of a statement, an import cut down to the names that are read."""
    if not statement.is_import:
        return [statement.node]
    kept = [a for a in statement.node.names if (a.asname or a.name).split(".")[0] in read]
    if not kept:
        return []
    cut = ast.parse(statement.source).body[0]
    cut.names = kept
    return [cut]


def _setters(every, name, before):
    """Return where a name gets the value that it has before a statement, and where it changes."""
    found = []
    for place in range(before - 1, -1, -1):
        made, read = every[place].names()
        if name in made:
            found.append(place)
            if name not in _changed(every[place].node) and name not in read:
                return found
    return found


def _changed(node):
    """Return the names of which an element or an attribute is set."""
    targets = (each for each in ast.walk(node) if isinstance(each, ast.Subscript | ast.Attribute))
    stored = [each for each in targets if isinstance(each.ctx, ast.Store)]
    found = set()
    for target in stored:
        while isinstance(target, ast.Subscript | ast.Attribute):
            target = target.value
        found |= {target.id} if isinstance(target, ast.Name) else set()
    return found


def _globals_of(table):
    """Return the names that functions and comprehensions below a table read from outside."""
    found = set()
    for child in table.get_children():
        found |= {symbol.get_name() for symbol in child.get_symbols() if symbol.is_global()}
        found |= _globals_of(child)
    return found
