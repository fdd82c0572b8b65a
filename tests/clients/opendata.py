"""Reads a city's open data as the world's clients do, and prints what they saw as JSON: `opendata.py <city's address>`."""

import json
import sys
import tempfile
import urllib.request

import pyogrio
from ckanapi import NotFound, RemoteCKAN, ValidationError
from owslib.ogcapi.features import Features
from owslib.ogcapi.records import Records

city = sys.argv[1]
saw = {}

ckan = RemoteCKAN(city, user_agent="contract-suite")
saw["packages"] = ckan.action.package_list()
found = ckan.action.package_search(q="aeroports", **{"facet.field": json.dumps(["res_format"])})
saw["search"] = {"count": found["count"], "facets": found["facets"]}
package = ckan.action.package_show(id=saw["packages"][0])
table = next(one for one in package["resources"] if one["datastore_active"])
rows = ckan.action.datastore_search(
    resource_id=table["id"], filters={"state": ["AK", "HI"]}, fields=["iata", "state"], sort="iata desc", limit=3, offset=1
)
saw["rows"] = {"total": rows["total"], "records": rows["records"]}
sql = f'SELECT state, count(*) AS n FROM "{table["id"]}" WHERE latitude > 60 GROUP BY state ORDER BY n DESC'
saw["sql"] = ckan.action.datastore_search_sql(sql=sql)["records"]
for name, call in {
    "absent": lambda: ckan.action.package_show(id="none"),
    "invalid": lambda: ckan.action.datastore_search(resource_id=table["id"], sort="colour asc"),
}.items():
    try:
        call()
        saw[name] = "answered"
    except NotFound:
        saw[name] = "NotFound"
    except ValidationError as error:
        saw[name] = f"ValidationError {sorted(error.error_dict)}"

ogc = Features(f"{city}/ogc")
saw["collections"] = ogc.feature_collections()
items = ogc.collection_items(saw["collections"][0], bbox=[-180, 50, -130, 72], limit=10)
saw["items"] = {"matched": items["numberMatched"], "returned": items["numberReturned"]}
saw["queryables"] = sorted(ogc.collection_queryables(saw["collections"][0])["properties"])
alaska = ogc.collection_items(saw["collections"][0], filter="state = 'AK' AND latitude > 70", limit=100)
saw["filtered"] = sorted(feature["properties"]["iata"] for feature in alaska["features"])

catalogue = Records(f"{city}/ogc")
saw["catalogues"] = catalogue.records()
found = catalogue.collection_items("catalogue", q="aeroports", sortby=("title", "desc"), limit=5)
saw["records"] = [[record["id"], record["properties"]["title"]] for record in found["features"]]
saw["record"] = catalogue.collection_item("catalogue", "stops")["properties"]["title"]

# GDAL: the collections by its OAPIF driver, in pages and within a box, and a layer's tiles by its PMTiles driver.
source = f"OAPIF:{city}/ogc"
layer = saw["collections"][0]
saw["gdal"] = {"layers": [name for name, _ in pyogrio.list_layers(source)]}
info, _, geometries, fields = pyogrio.raw.read(source, layer=layer, columns=["iata"], PAGE_SIZE="1000")
saw["gdal"] |= {"crs": info["crs"], "kind": info["geometry_type"], "features": len(geometries), "codes": len(set(fields[0]))}
_, _, _, fields = pyogrio.raw.read(source, layer=layer, columns=["iata"], bbox=(-180, 70, -140, 72))
saw["gdal"]["north"] = sorted(fields[0])
_, _, _, fields = pyogrio.raw.read(source, layer=layer, columns=["iata"], where="state = 'HI'")
saw["gdal"]["hawaii"] = sorted(fields[0])
records = pyogrio.raw.read(source, layer="catalogue", columns=["title"])[3][0]
saw["gdal"]["records"] = sorted(records)
with tempfile.NamedTemporaryFile(suffix=".pmtiles") as file:
    # A gateway gives bytes as bytes to whoever accepts them; urllib says nothing of what it accepts.
    tiles = urllib.request.Request(
        f"{city}/data/{layer}/export.pmtiles?bbox=-161,18,-154,23", headers={"Accept": "*/*"}
    )
    with urllib.request.urlopen(tiles) as answer:
        file.write(answer.read())
    file.flush()
    whole = pyogrio.read_info(file.name, force_feature_count=True)
    saw["pmtiles"] = {"layer": whole["layer_name"], "fields": sorted(whole["fields"]), "features": whole["features"]}

print(json.dumps(saw))
