"""Reads a city's open data as the world's clients do, and prints what they saw as JSON: `opendata.py <city's address>`."""

import json
import sys

from ckanapi import NotFound, RemoteCKAN, ValidationError
from owslib.ogcapi.features import Features

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

print(json.dumps(saw))
