"""Validates Turtle from its input by SHACL shapes, and prints what violates them: `shacl.py <shapes>... < catalog.ttl`."""

import sys

from pyshacl import validate
from rdflib import OWL, RDF, SH, Graph

data = Graph().parse(sys.stdin.buffer, format="turtle")
for path in sys.argv[1:]:
    shapes = Graph().parse(path, format="turtle")
    # What the shapes would fetch from the network is not needed to check by them.
    shapes.remove((None, OWL.imports, None))
    _, report, _ = validate(data, shacl_graph=shapes, inference="none", advanced=True)
    for result in report.subjects(RDF.type, SH.ValidationResult):
        if (result, SH.resultSeverity, SH.Violation) in report:
            print(path, *(report.value(result, what) for what in (SH.focusNode, SH.resultPath, SH.resultMessage)))
