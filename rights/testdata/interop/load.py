"""Loads a PROV-JSON document with the prov library, checks that it survives being
written and read again, writes it as RDF, and prints what it holds as JSON.

    load.py IN.json OUT.trig
"""

import json
import sys

from prov.model import ProvAgent, ProvActivity, ProvDerivation, ProvDocument, ProvEntity

document = ProvDocument.deserialize(source=sys.argv[1])
again = ProvDocument.deserialize(content=document.serialize())
document.serialize(sys.argv[2], format="rdf", rdf_format="trig")
count = lambda kind: len(list(document.get_records(kind)))
print(json.dumps({
    "same": again == document, "entities": count(ProvEntity), "activities": count(ProvActivity), "agents": count(ProvAgent),
    "derivations": count(ProvDerivation), "lines": len(document.get_provn().splitlines()),
}))
