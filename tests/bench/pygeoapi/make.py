"""Puts a GeoJSON file of points into SpatiaLite, with its spatial index, and writes pygeoapi's configuration for it."""
import json
import sqlite3
import sys

geojson, database, config, port = sys.argv[1:5]
db = sqlite3.connect(database)
db.enable_load_extension(True)
db.load_extension("mod_spatialite")
db.execute("SELECT InitSpatialMetaData(1)")
db.execute("CREATE TABLE places (id INTEGER PRIMARY KEY, iata TEXT, name TEXT, city TEXT, state TEXT, country TEXT)")
db.execute("SELECT AddGeometryColumn('places', 'geometry', 4326, 'POINT', 'XY')")
for number, feature in enumerate(json.load(open(geojson))["features"], 1):
    p = feature["properties"]
    lon, lat = feature["geometry"]["coordinates"]
    db.execute(
        "INSERT INTO places VALUES (?, ?, ?, ?, ?, ?, MakePoint(?, ?, 4326))",
        (number, p["iata"], p["name"], p["city"], p["state"], p["country"], lon, lat),
    )
db.execute("SELECT CreateSpatialIndex('places', 'geometry')")
db.commit()

open(config, "w").write(f"""
server:
  bind: {{host: 127.0.0.1, port: {port}}}
  url: http://127.0.0.1:{port}
  mimetype: application/json; charset=UTF-8
  encoding: utf-8
  languages: [en-US]
  limits: {{default_items: 100, max_items: 10000}}
  map: {{url: 'http://127.0.0.1/none', attribution: none}}
logging: {{level: ERROR}}
metadata:
  identification: {{title: peer, description: peer, keywords: [peer], keywords_type: theme, terms_of_service: none, url: 'http://127.0.0.1'}}
  license: {{name: none, url: 'http://127.0.0.1'}}
  provider: {{name: none, url: 'http://127.0.0.1'}}
  contact: {{name: none, email: none@example.org}}
resources:
  airports:
    type: collection
    title: airports
    description: airports
    keywords: [airports]
    extents: {{spatial: {{bbox: [-180, -90, 180, 90], crs: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84'}}}}
    providers:
      - {{type: feature, name: SQLiteGPKG, data: '{database}', id_field: id, table: places}}
""")
