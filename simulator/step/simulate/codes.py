"""The codes of what a functional check reports, each with what it means and what to do."""

from __future__ import annotations

CODES = {
    "STEP-VALUE": "The program computes something else than the reference. The message tells the first index that "
    "differs, in STeP order (innermost first), and the sizes and seed of the run.",
    "STEP-FN-RUN": "A function fails on data: it raises, changes its argument, ends the process, or does not give its "
    "declared result. The range is the line of the function.",
    "STEP-REFERENCE": "The reference is missing, raises, changes its argument, or does not give the declared outputs. "
    "A hole's is run too, because no body can pass until the reference and `outputs` agree: correct one of them.",
    "STEP-FILE": "The file cannot be read: it is not UTF-8, or the permission is missing. Save it as UTF-8. Only "
    "`steplang check` reports it, in place of both checks.",
    "STEP-MODULE": "The module cannot be run: it raises, or a package that it imports is not installed in the chosen "
    "interpreter.",
    "STEP-BRANCH": "The branch that the operator stands in was not taken when the module ran (an `if` that is false "
    "here, an import that failed), so there was nothing to check: it is skipped. Install what is missing, or move the "
    "operator out of the branch; where the branch is meant for another machine, check it there. It is an error where "
    "the branch asks for a dimension's size: a module declares the same operators at all sizes.",
    "STEP-SIZE": "A dimension has no whole size in a run: Reshape does not divide it, or a quotient is not even. "
    "Declare the dimension with multiple_of.",
    "STEP-DATA": "The data of an index stream does not fit: values other than 0 and 1, or a Merge whose index is not "
    "the one of the Partition.",
    "STEP-MEMORY": "The check would need more memory than its limit. Declare smaller sizes: what is right "
    "for small sizes is right for large ones.",
    "STEP-TIMEOUT": "The check took longer than its limit; the range is the line that was running.",
    "STEP-PROCESS": "The module ended the process, or crashed it.",
    "STEP-FINITE": "The reference gives values that are not finite, so these places of the outputs are not really "
    "checked.",
    "STEP-THREADS": "The module left threads running; the process of the check was ended after it.",
    "STEP-INTERPRETER": "The Python interpreter that runs users' modules is missing, too old, or has no NumPy.",
    "STEP-INTERNAL": "The check itself failed; please report it.",
}
"""The explanation of each functional diagnostic, by its code."""
