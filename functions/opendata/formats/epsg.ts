// The national grids and datums in which cities' files come: their EPSG code, name, area (north, west, south, east) and
// definition, a choice of the public EPSG registry as the packages epsg-index 2.0.0 and proj4-list 1.0.4 (both ISC) give
// it; the whole registry has 8 MB. Each was compared with PROJ 9 in the middle of its area, and left out where it is more
// than 25 metres off: several of either package are. The zones of UTM are made by rule (systems.ts).
export const GRIDS = `
2039|Israel 1993 / Israeli TM Grid|33.28 34.17 29.45 35.69|+proj=tmerc +lat_0=31.73439361111111 +lon_0=35.20451694444445 +k=1.0000067 +x_0=219529.584 +y_0=626907.39 +ellps=GRS80 +towgs84=-48,55,52,0,0,0,0
2041|Abidjan 1987 / UTM zone 30N|10.46 -6 4.92 -2.48|+proj=utm +zone=30 +a=6378249.145 +rf=293.465 +towgs84=-124.76,53,466.79,0,0,0,0
2043|Abidjan 1987 / UTM zone 29N|10.74 -8.61 4.29 -6|+proj=utm +zone=29 +a=6378249.145 +rf=293.465 +towgs84=-124.76,53,466.79,0,0,0,0
2056|CH1903+ / LV95|47.81 5.96 45.82 10.49|+proj=somerc +lat_0=46.9524055555556 +lon_0=7.43958333333333 +k_0=1 +x_0=2600000 +y_0=1200000 +ellps=bessel +towgs84=674.374,15.056,405.346,0,0,0,0
2097|Korean 1985 / Central Belt|38.33 126 33.96 128|+proj=tmerc +lat_0=38 +lon_0=127 +k=1 +x_0=200000 +y_0=500000 +ellps=bessel +towgs84=-145.907,505.034,685.756,-1.162,2.347,1.592,6.342
2100|GGRS87 / Greek Grid|41.75 19.57 34.88 28.3|+proj=tmerc +lat_0=0 +lon_0=24 +k=0.9996 +x_0=500000 +y_0=0 +ellps=GRS80 +towgs84=-199.87,74.79,246.62,0,0,0,0
2136|Accra / Ghana National Grid|11.16 -3.25 4.67 1.23|+proj=tmerc +lat_0=4.66666666666667 +lon_0=-1 +k=0.99975 +x_0=274319.739163358 +y_0=0 +a=6378300 +rf=296 +towgs84=-199,32,322,0,0,0,0 +to_meter=0.304799710181509
2154|RGF93 v1 / Lambert-93|51.56 -9.86 41.15 10.38|+proj=lcc +lat_0=46.5 +lon_0=3 +lat_1=49 +lat_2=44 +x_0=700000 +y_0=6600000 +ellps=GRS80
2157|IRENET95 / Irish Transverse Mercator|55.43 -10.56 51.39 -5.34|+proj=tmerc +lat_0=53.5 +lon_0=-8 +k=0.99982 +x_0=600000 +y_0=750000 +ellps=GRS80
2165|Abidjan 1987 / TM 5 NW|5.19 -7.55 1.02 -3.11|+proj=tmerc +lat_0=0 +lon_0=-5 +k=0.9996 +x_0=500000 +y_0=0 +a=6378249.145 +rf=293.465 +towgs84=-124.76,53,466.79,0,0,0,0
2169|LUREF / Luxembourg TM|50.19 5.73 49.44 6.53|+proj=tmerc +lat_0=49.83333333333334 +lon_0=6.166666666666667 +k=1 +x_0=80000 +y_0=100000 +ellps=intl +towgs84=-189.6806,18.3463,-42.7695,-0.33746,-3.09264,2.53861,0.4598
2176|ETRF2000-PL / CS2000/15|55.35 14.14 50.26 16.5|+proj=tmerc +lat_0=0 +lon_0=15 +k=0.999923 +x_0=5500000 +y_0=0 +ellps=GRS80
2177|ETRF2000-PL / CS2000/18|55.93 16.5 49.39 19.5|+proj=tmerc +lat_0=0 +lon_0=18 +k=0.999923 +x_0=6500000 +y_0=0 +ellps=GRS80
2178|ETRF2000-PL / CS2000/21|54.55 19.5 49.09 22.5|+proj=tmerc +lat_0=0 +lon_0=21 +k=0.999923 +x_0=7500000 +y_0=0 +ellps=GRS80
2179|ETRF2000-PL / CS2000/24|54.41 22.5 49 24.15|+proj=tmerc +lat_0=0 +lon_0=24 +k=0.999923 +x_0=8500000 +y_0=0 +ellps=GRS80
2180|ETRF2000-PL / CS92|55.93 14.14 49 24.15|+proj=tmerc +lat_0=0 +lon_0=19 +k=0.9993 +x_0=500000 +y_0=-5300000 +ellps=GRS80
2193|NZGD2000 / New Zealand Transverse Mercator 2000|-34.1 166.37 -47.33 178.63|+proj=tmerc +lat_0=0 +lon_0=173 +k=0.9996 +x_0=1600000 +y_0=10000000 +ellps=GRS80
2201|REGVEN / UTM zone 18N|11.62 -73.38 7.02 -71.99|+proj=utm +zone=18 +ellps=GRS80
2225|NAD83 / California zone 1 (ftUS)|42.01 -124.45 39.59 -119.99|+proj=lcc +lat_0=39.3333333333333 +lon_0=-122 +lat_1=41.6666666666667 +lat_2=40 +x_0=2000000.0001016 +y_0=500000.0001016 +ellps=GRS80 +units=us-ft
2226|NAD83 / California zone 2 (ftUS)|40.16 -124.06 38.02 -119.54|+proj=lcc +lat_0=37.6666666666667 +lon_0=-122 +lat_1=39.8333333333333 +lat_2=38.3333333333333 +x_0=2000000.0001016 +y_0=500000.0001016 +ellps=GRS80 +units=us-ft
2227|NAD83 / California zone 3 (ftUS)|38.71 -123.02 36.73 -117.83|+proj=lcc +lat_0=36.5 +lon_0=-120.5 +lat_1=38.4333333333333 +lat_2=37.0666666666667 +x_0=2000000.0001016 +y_0=500000.0001016 +ellps=GRS80 +units=us-ft
2228|NAD83 / California zone 4 (ftUS)|37.58 -122.01 35.78 -115.62|+proj=lcc +lat_0=35.3333333333333 +lon_0=-119 +lat_1=37.25 +lat_2=36 +x_0=2000000.0001016 +y_0=500000.0001016 +ellps=GRS80 +units=us-ft
2229|NAD83 / California zone 5 (ftUS)|35.81 -121.42 32.76 -114.12|+proj=lcc +lat_0=33.5 +lon_0=-118 +lat_1=35.4666666666667 +lat_2=34.0333333333333 +x_0=2000000.0001016 +y_0=500000.0001016 +ellps=GRS80 +units=us-ft
2230|NAD83 / California zone 6 (ftUS)|34.08 -118.15 32.53 -114.42|+proj=lcc +lat_0=32.1666666666667 +lon_0=-116.25 +lat_1=33.8833333333333 +lat_2=32.7833333333333 +x_0=2000000.0001016 +y_0=500000.0001016 +ellps=GRS80 +units=us-ft
2231|NAD83 / Colorado North (ftUS)|41.01 -109.06 39.56 -102.04|+proj=lcc +lat_0=39.3333333333333 +lon_0=-105.5 +lat_1=40.7833333333333 +lat_2=39.7166666666667 +x_0=914401.828803657 +y_0=304800.609601219 +ellps=GRS80 +units=us-ft
2232|NAD83 / Colorado Central (ftUS)|40.09 -109.06 38.14 -102.04|+proj=lcc +lat_0=37.8333333333333 +lon_0=-105.5 +lat_1=39.75 +lat_2=38.45 +x_0=914401.828803657 +y_0=304800.609601219 +ellps=GRS80 +units=us-ft
2233|NAD83 / Colorado South (ftUS)|38.68 -109.06 36.98 -102.04|+proj=lcc +lat_0=36.6666666666667 +lon_0=-105.5 +lat_1=38.4333333333333 +lat_2=37.2333333333333 +x_0=914401.828803657 +y_0=304800.609601219 +ellps=GRS80 +units=us-ft
2236|NAD83 / Florida East (ftUS)|30.83 -82.33 24.41 -79.97|+proj=tmerc +lat_0=24.3333333333333 +lon_0=-81 +k=0.999941177 +x_0=200000.0001016 +y_0=0 +ellps=GRS80 +units=us-ft
2237|NAD83 / Florida West (ftUS)|29.6 -83.34 26.27 -81.13|+proj=tmerc +lat_0=24.3333333333333 +lon_0=-82 +k=0.999941177 +x_0=200000.0001016 +y_0=0 +ellps=GRS80 +units=us-ft
2238|NAD83 / Florida North (ftUS)|31.01 -87.63 29.21 -82.04|+proj=lcc +lat_0=29 +lon_0=-84.5 +lat_1=30.75 +lat_2=29.5833333333333 +x_0=600000 +y_0=0 +ellps=GRS80 +units=us-ft
2239|NAD83 / Georgia East (ftUS)|34.68 -83.47 30.36 -80.77|+proj=tmerc +lat_0=30 +lon_0=-82.1666666666667 +k=0.9999 +x_0=200000.0001016 +y_0=0 +ellps=GRS80 +units=us-ft
2240|NAD83 / Georgia West (ftUS)|35.01 -85.61 30.62 -82.99|+proj=tmerc +lat_0=30 +lon_0=-84.1666666666667 +k=0.9999 +x_0=699999.999898399 +y_0=0 +ellps=GRS80 +units=us-ft
2248|NAD83 / Maryland (ftUS)|39.73 -79.49 37.97 -74.97|+proj=lcc +lat_0=37.6666666666667 +lon_0=-77 +lat_1=39.45 +lat_2=38.3 +x_0=399999.9998984 +y_0=0 +ellps=GRS80 +units=us-ft
2249|NAD83 / Massachusetts Mainland (ftUS)|42.89 -73.5 41.46 -69.86|+proj=lcc +lat_0=41 +lon_0=-71.5 +lat_1=42.6833333333333 +lat_2=41.7166666666667 +x_0=200000.0001016 +y_0=750000 +ellps=GRS80 +units=us-ft
2263|NAD83 / New York Long Island (ftUS)|41.3 -74.26 40.47 -71.8|+proj=lcc +lat_0=40.1666666666667 +lon_0=-74 +lat_1=41.0333333333333 +lat_2=40.6666666666667 +x_0=300000 +y_0=0 +ellps=GRS80 +units=us-ft
2264|NAD83 / North Carolina (ftUS)|36.59 -84.33 33.83 -75.38|+proj=lcc +lat_0=33.75 +lon_0=-79 +lat_1=36.1666666666667 +lat_2=34.3333333333333 +x_0=609601.219202438 +y_0=0 +ellps=GRS80 +units=us-ft
2272|NAD83 / Pennsylvania South (ftUS)|41.18 -80.53 39.71 -74.72|+proj=lcc +lat_0=39.3333333333333 +lon_0=-77.75 +lat_1=40.9666666666667 +lat_2=39.9333333333333 +x_0=600000 +y_0=0 +ellps=GRS80 +units=us-ft
2276|NAD83 / Texas North Central (ftUS)|34.58 -103.07 31.72 -94|+proj=lcc +lat_0=31.6666666666667 +lon_0=-98.5 +lat_1=33.9666666666667 +lat_2=32.1333333333333 +x_0=600000 +y_0=2000000.0001016 +ellps=GRS80 +units=us-ft
2277|NAD83 / Texas Central (ftUS)|32.27 -106.66 29.78 -93.5|+proj=lcc +lat_0=29.6666666666667 +lon_0=-100.333333333333 +lat_1=31.8833333333333 +lat_2=30.1166666666667 +x_0=699999.999898399 +y_0=3000000 +ellps=GRS80 +units=us-ft
2278|NAD83 / Texas South Central (ftUS)|30.67 -105 27.78 -93.76|+proj=lcc +lat_0=27.8333333333333 +lon_0=-99 +lat_1=30.2833333333333 +lat_2=28.3833333333333 +x_0=600000 +y_0=3999999.9998984 +ellps=GRS80 +units=us-ft
2279|NAD83 / Texas South (ftUS)|28.21 -100.2 25.83 -96.85|+proj=lcc +lat_0=25.6666666666667 +lon_0=-98.5 +lat_1=27.8333333333333 +lat_2=26.1666666666667 +x_0=300000 +y_0=5000000.0001016 +ellps=GRS80 +units=us-ft
2283|NAD83 / Virginia North (ftUS)|39.46 -80.06 37.77 -76.51|+proj=lcc +lat_0=37.6666666666667 +lon_0=-78.5 +lat_1=39.2 +lat_2=38.0333333333333 +x_0=3500000.0001016 +y_0=2000000.0001016 +ellps=GRS80 +units=us-ft
2285|NAD83 / Washington North (ftUS)|49.05 -124.79 47.08 -117.02|+proj=lcc +lat_0=47 +lon_0=-120.833333333333 +lat_1=48.7333333333333 +lat_2=47.5 +x_0=500000.0001016 +y_0=0 +ellps=GRS80 +units=us-ft
2286|NAD83 / Washington South (ftUS)|47.61 -124.4 45.54 -116.91|+proj=lcc +lat_0=45.3333333333333 +lon_0=-120.5 +lat_1=47.3333333333333 +lat_2=45.8333333333333 +x_0=500000.0001016 +y_0=0 +ellps=GRS80 +units=us-ft
2326|Hong Kong 1980 Grid System|22.58 113.76 22.13 114.51|+proj=tmerc +lat_0=22.31213333333334 +lon_0=114.1785555555556 +k=1 +x_0=836694.05 +y_0=819069.8 +ellps=intl +towgs84=-162.619,-276.959,-161.764,0.067753,-2.243649,-1.158827,-1.094246
2391|KKJ / Finland zone 1|69.33 19.5 59.76 22.5|+proj=tmerc +lat_0=0 +lon_0=21 +k=1 +x_0=1500000 +y_0=0 +ellps=intl +towgs84=-96.062,-82.428,-121.753,4.801,0.345,-1.376,1.496
2443|JGD2000 / Japan Plane Rectangular CS I|34.74 128.17 26.96 130.46|+proj=tmerc +lat_0=33 +lon_0=129.5 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
2444|JGD2000 / Japan Plane Rectangular CS II|33.99 129.76 30.18 132.05|+proj=tmerc +lat_0=33 +lon_0=131 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
2445|JGD2000 / Japan Plane Rectangular CS III|36.38 130.81 33.72 133.49|+proj=tmerc +lat_0=36 +lon_0=132.166666666667 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
2446|JGD2000 / Japan Plane Rectangular CS IV|34.45 131.95 32.69 134.81|+proj=tmerc +lat_0=33 +lon_0=133.5 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
2447|JGD2000 / Japan Plane Rectangular CS V|35.71 133.13 34.13 135.47|+proj=tmerc +lat_0=36 +lon_0=134.333333333333 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
2448|JGD2000 / Japan Plane Rectangular CS VI|36.33 134.86 33.4 136.99|+proj=tmerc +lat_0=36 +lon_0=136 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
2449|JGD2000 / Japan Plane Rectangular CS VII|37.58 136.22 34.51 137.84|+proj=tmerc +lat_0=36 +lon_0=137.166666666667 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
2450|JGD2000 / Japan Plane Rectangular CS VIII|38.58 137.32 34.54 139.91|+proj=tmerc +lat_0=36 +lon_0=138.5 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
2451|JGD2000 / Japan Plane Rectangular CS IX|37.98 138.4 29.31 141.11|+proj=tmerc +lat_0=36 +lon_0=139.833333333333 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
2452|JGD2000 / Japan Plane Rectangular CS X|41.58 139.49 37.73 142.14|+proj=tmerc +lat_0=40 +lon_0=140.833333333333 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
2932|QND95 / Qatar National Grid|26.2 50.69 24.55 51.68|+proj=tmerc +lat_0=24.45 +lon_0=51.2166666666667 +k=0.99999 +x_0=200000 +y_0=300000 +ellps=intl +towgs84=-119.4248,-303.65872,-11.00061,1.164298,0.174458,1.096259,3.657065
2949|NAD83(CSRS) / MTM zone 7|61.8 -72 45.01 -69|+proj=tmerc +lat_0=0 +lon_0=-70.5 +k=0.9999 +x_0=304800 +y_0=0 +ellps=GRS80 +towgs84=-0.991,1.9072,0.5129,-1.25033e-07,-4.6785e-08,-5.6529e-08,0
2950|NAD83(CSRS) / MTM zone 8|62.53 -75 44.98 -72|+proj=tmerc +lat_0=0 +lon_0=-73.5 +k=0.9999 +x_0=304800 +y_0=0 +ellps=GRS80 +towgs84=-0.991,1.9072,0.5129,-1.25033e-07,-4.6785e-08,-5.6529e-08,0
2951|NAD83(CSRS) / MTM zone 9|62.65 -78 43.63 -75|+proj=tmerc +lat_0=0 +lon_0=-76.5 +k=0.9999 +x_0=304800 +y_0=0 +ellps=GRS80 +towgs84=-0.991,1.9072,0.5129,-1.25033e-07,-4.6785e-08,-5.6529e-08,0
2970|Guadeloupe 1948 / UTM zone 20N|16.55 -61.85 15.8 -60.97|+proj=utm +zone=20 +ellps=intl +towgs84=-472.29,-5.63,-304.12,0.4362,-0.8374,0.2563,1.8984
2971|CSG67 / UTM zone 22N|5.81 -54 3.43 -51.61|+proj=utm +zone=22 +ellps=intl +towgs84=-186,230,110,0,0,0,0
2972|RGFG95 / UTM zone 22N|8.88 -54 2.17 -49.45|+proj=utm +zone=22 +ellps=GRS80
2975|RGR92 / UTM zone 40S|-18.28 54 -24.72 58.24|+proj=utm +zone=40 +south +ellps=GRS80
3003|Monte Mario / Italy zone 1|47.04 5.93 36.53 12|+proj=tmerc +lat_0=0 +lon_0=9 +k=0.9996 +x_0=1500000 +y_0=0 +ellps=intl +towgs84=-104.1,-49.1,-9.9,0.971,-2.917,0.714,-11.68
3004|Monte Mario / Italy zone 2|47.1 12 34.76 18.99|+proj=tmerc +lat_0=0 +lon_0=15 +k=0.9996 +x_0=2520000 +y_0=0 +ellps=intl +towgs84=-104.1,-49.1,-9.9,0.971,-2.917,0.714,-11.68
3006|SWEREF99 TM|69.07 10.03 54.96 24.17|+proj=utm +zone=33 +ellps=GRS80
3021|RT90 2.5 gon V|67.18 13.66 55.95 17.73|+proj=tmerc +lat_0=0 +lon_0=15.80827777777778 +k=1 +x_0=1500000 +y_0=0 +ellps=bessel +towgs84=414.1,41.3,603.1,-0.855,2.141,-7.023,0
3034|ETRS89-extended / LCC Europe|84.73 -35.58 24.6 44.83|+proj=lcc +lat_0=52 +lon_0=10 +lat_1=35 +lat_2=65 +x_0=4000000 +y_0=2800000 +ellps=GRS80
3035|ETRS89-extended / LAEA Europe|84.73 -35.58 24.6 44.83|+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80
3059|LKS92 / Latvia TM|58.09 19.06 55.67 28.24|+proj=tmerc +lat_0=0 +lon_0=24 +k=0.9996 +x_0=500000 +y_0=-6000000 +ellps=GRS80
3066|ED50 / Jordan TM|33.38 34.88 29.18 39.31|+proj=tmerc +lat_0=0 +lon_0=37 +k=0.9998 +x_0=500000 +y_0=-3000000 +ellps=intl +towgs84=-87,-98,-121,0,0,0,0
3067|ETRS89 / TM35FIN(E,N)|70.09 19.08 58.84 31.59|+proj=utm +zone=35 +ellps=GRS80
3078|NAD83 / Michigan Oblique Mercator|48.32 -90.42 41.69 -82.13|+proj=omerc +no_uoff +lat_0=45.3091666666667 +lonc=-86 +alpha=337.25556 +gamma=337.25556 +k=0.9996 +x_0=2546731.496 +y_0=-4354009.816 +ellps=GRS80
3102|American Samoa 1962 / American Samoa Lambert|-14.11 -170.88 -14.43 -169.38|+proj=lcc +lat_1=-14.2666666666667 +lat_0=-14.2666666666667 +lon_0=-170 +k_0=1 +x_0=152400.30480061 +y_0=95169.3116586233 +ellps=clrk66 +towgs84=-115,118,426,0,0,0,0 +units=us-ft
3106|Gulshan 303 / TM 90 NE|26.64 88.01 20.52 92.67|+proj=tmerc +lat_0=0 +lon_0=90 +k=0.9996 +x_0=500000 +y_0=0 +ellps=evrst30 +towgs84=283.729,735.942,261.143,0,0,0,0
3111|GDA94 / Vicgrid|-33.98 140.96 -39.2 150.04|+proj=lcc +lat_0=-37 +lon_0=145 +lat_1=-36 +lat_2=-38 +x_0=2500000 +y_0=2500000 +ellps=GRS80
3112|GDA94 / Geoscience Australia Lambert|-9.86 112.85 -43.7 153.69|+proj=lcc +lat_0=0 +lon_0=134 +lat_1=-18 +lat_2=-36 +x_0=0 +y_0=0 +ellps=GRS80
3114|MAGNA-SIRGAS / Colombia Far West zone|2.48 -79.1 1.23 -78.58|+proj=tmerc +lat_0=4.59620041666667 +lon_0=-80.0775079166667 +k=1 +x_0=1000000 +y_0=1000000 +ellps=GRS80
3115|MAGNA-SIRGAS / Colombia West zone|10.21 -78.59 0.03 -75.58|+proj=tmerc +lat_0=4.59620041666667 +lon_0=-77.0775079166667 +k=1 +x_0=1000000 +y_0=1000000 +ellps=GRS80
3116|MAGNA-SIRGAS / Colombia Bogota zone|11.82 -75.59 -2.51 -72.58|+proj=tmerc +lat_0=4.59620041666667 +lon_0=-74.0775079166667 +k=1 +x_0=1000000 +y_0=1000000 +ellps=GRS80
3117|MAGNA-SIRGAS / Colombia East Central zone|12.52 -72.59 -4.23 -69.58|+proj=tmerc +lat_0=4.59620041666667 +lon_0=-71.0775079166667 +k=1 +x_0=1000000 +y_0=1000000 +ellps=GRS80
3123|PRS92 / Philippines zone 3|21.62 119.7 3 122.21|+proj=tmerc +lat_0=0 +lon_0=121 +k=0.99995 +x_0=500000 +y_0=0 +ellps=clrk66 +towgs84=-127.62,-67.24,-47.04,-3.068,4.903,1.578,-1.06
3124|PRS92 / Philippines zone 4|22.18 121.74 3.44 124.29|+proj=tmerc +lat_0=0 +lon_0=123 +k=0.99995 +x_0=500000 +y_0=0 +ellps=clrk66 +towgs84=-127.62,-67.24,-47.04,-3.068,4.903,1.578,-1.06
3125|PRS92 / Philippines zone 5|21.97 123.73 4.76 126.65|+proj=tmerc +lat_0=0 +lon_0=125 +k=0.99995 +x_0=500000 +y_0=0 +ellps=clrk66 +towgs84=-127.62,-67.24,-47.04,-3.068,4.903,1.578,-1.06
3163|RGNC91-93 / Lambert New Caledonia|-19.5 163.54 -22.73 168.19|+proj=lcc +lat_0=-21.5 +lon_0=166 +lat_1=-20.6666666666667 +lat_2=-22.3333333333333 +x_0=400000 +y_0=300000 +ellps=GRS80
3296|RGPF / UTM zone 5S|-12.5 -158.13 -26.7 -150|+proj=utm +zone=5 +south +ellps=GRS80 +towgs84=0.072,-0.507,-0.245,0.0183,-0.0003,0.007,-0.0093
3297|RGPF / UTM zone 6S|-7.29 -150 -31.2 -144|+proj=utm +zone=6 +south +ellps=GRS80 +towgs84=0.072,-0.507,-0.245,0.0183,-0.0003,0.007,-0.0093
3301|Estonian Coordinate System of 1997|60 20.37 57.52 28.2|+proj=lcc +lat_0=57.5175539305556 +lon_0=24 +lat_1=59.3333333333333 +lat_2=58 +x_0=500000 +y_0=6375000 +ellps=GRS80
3308|GDA94 / NSW Lambert|-28.15 140.99 -37.53 153.69|+proj=lcc +lat_0=-33.25 +lon_0=147 +lat_1=-30.75 +lat_2=-35.75 +x_0=9300000 +y_0=4500000 +ellps=GRS80
3337|Le Pouce 1934 / Mauritius Grid|-19.94 57.25 -20.57 57.85|+proj=lcc +lat_1=-20.1950694444444 +lat_0=-20.1950694444444 +lon_0=57.5218277777778 +k_0=1 +x_0=1000000 +y_0=1000000 +a=6378249.145 +rf=293.465 +towgs84=-770.1,158.4,-498.2,0,0,0,0
3346|LKS94 / Lithuania TM|56.45 19.02 53.89 26.82|+proj=tmerc +lat_0=0 +lon_0=24 +k=0.9998 +x_0=500000 +y_0=0 +ellps=GRS80
3347|NAD83 / Statistics Canada Lambert|86.46 -141.01 38.21 -40.73|+proj=lcc +lat_0=63.390675 +lon_0=-91.8666666666667 +lat_1=49 +lat_2=77 +x_0=6200000 +y_0=3000000 +ellps=GRS80
3375|GDM2000 / Peninsula RSO|7.81 98.02 1.13 105.82|+proj=omerc +no_uoff +lat_0=4 +lonc=102.25 +alpha=323.025796466667 +gamma=323.130102361111 +k=0.99984 +x_0=804671 +y_0=0 +ellps=GRS80
3395|WGS 84 / World Mercator|84 -180 -80 180|+proj=merc +lon_0=0 +k=1 +x_0=0 +y_0=0 +datum=WGS84
3405|VN-2000 / UTM zone 48N|23.4 102.14 8.33 108|+proj=utm +zone=48 +ellps=WGS84 +towgs84=-191.90441429,-39.30318279,-111.45032835,-0.00928836,0.01975479,-0.00427372,0.252906278
3406|VN-2000 / UTM zone 49N|21.56 108 10.43 109.53|+proj=utm +zone=49 +ellps=WGS84 +towgs84=-191.90441429,-39.30318279,-111.45032835,-0.00928836,0.01975479,-0.00427372,0.252906278
3414|SVY21 / Singapore TM|1.47 103.59 1.13 104.07|+proj=tmerc +lat_0=1.36666666666667 +lon_0=103.833333333333 +k=1 +x_0=28001.642 +y_0=38744.572 +ellps=WGS84
3416|ETRS89 / Austria Lambert|49.02 9.53 46.4 17.17|+proj=lcc +lat_0=47.5 +lon_0=13.3333333333333 +lat_1=49 +lat_2=46 +x_0=400000 +y_0=400000 +ellps=GRS80
3435|NAD83 / Illinois East (ftUS)|42.5 -89.28 37.06 -87.02|+proj=tmerc +lat_0=36.6666666666667 +lon_0=-88.3333333333333 +k=0.999975 +x_0=300000 +y_0=0 +ellps=GRS80 +units=us-ft
3763|ETRS89 / Portugal TM06|42.16 -9.56 36.95 -6.19|+proj=tmerc +lat_0=39.6682583333333 +lon_0=-8.13310833333333 +k=1 +x_0=0 +y_0=0 +ellps=GRS80
3765|HTRS96 / Croatia TM|46.54 13.43 42.34 19.43|+proj=tmerc +lat_0=0 +lon_0=16.5 +k=0.9999 +x_0=500000 +y_0=0 +ellps=GRS80
3794|Slovenia 1996 / Slovene National Grid|46.88 13.38 45.42 16.61|+proj=tmerc +lat_0=0 +lon_0=15 +k=0.9999 +x_0=500000 +y_0=-5000000 +ellps=GRS80
3812|ETRS89 / Belgian Lambert 2008|51.51 2.5 49.5 6.4|+proj=lcc +lat_0=50.797815 +lon_0=4.35921583333333 +lat_1=49.8333333333333 +lat_2=51.1666666666667 +x_0=649328 +y_0=665262 +ellps=GRS80
3825|TWD97 / TM2 zone 119|24.65 118 18.63 120|+proj=tmerc +lat_0=0 +lon_0=119 +k=0.9999 +x_0=250000 +y_0=0 +ellps=GRS80
3826|TWD97 / TM2 zone 121|26.72 119.99 20.41 122.06|+proj=tmerc +lat_0=0 +lon_0=121 +k=0.9999 +x_0=250000 +y_0=0 +ellps=GRS80
3844|Pulkovo 1942(58) / Stereo70|48.27 20.26 43.44 31.41|+proj=sterea +lat_0=46 +lon_0=25 +k=0.99975 +x_0=500000 +y_0=500000 +ellps=krass +towgs84=33.4,-146.6,-76.3,-0.359,-0.053,0.844,-0.84
3912|MGI 1901 / Slovene National Grid|46.88 13.38 45.42 16.61|+proj=tmerc +lat_0=0 +lon_0=15 +k=0.9999 +x_0=500000 +y_0=-5000000 +ellps=bessel +towgs84=682,-203,480,0,0,0,0
3942|RGF93 v1 / CC42|43.07 -1.06 41.31 9.63|+proj=lcc +lat_0=42 +lon_0=3 +lat_1=41.25 +lat_2=42.75 +x_0=1700000 +y_0=1200000 +ellps=GRS80
3943|RGF93 v1 / CC43|44.01 -1.79 42.33 7.65|+proj=lcc +lat_0=43 +lon_0=3 +lat_1=42.25 +lat_2=43.75 +x_0=1700000 +y_0=2200000 +ellps=GRS80
3944|RGF93 v1 / CC44|45 -1.79 42.92 7.71|+proj=lcc +lat_0=44 +lon_0=3 +lat_1=43.25 +lat_2=44.75 +x_0=1700000 +y_0=3200000 +ellps=GRS80
3945|RGF93 v1 / CC45|46 -1.46 44 7.71|+proj=lcc +lat_0=45 +lon_0=3 +lat_1=44.25 +lat_2=45.75 +x_0=1700000 +y_0=4200000 +ellps=GRS80
3946|RGF93 v1 / CC46|47 -2.21 45 7.16|+proj=lcc +lat_0=46 +lon_0=3 +lat_1=45.25 +lat_2=46.75 +x_0=1700000 +y_0=5200000 +ellps=GRS80
3947|RGF93 v1 / CC47|48 -4.77 46 7.63|+proj=lcc +lat_0=47 +lon_0=3 +lat_1=46.25 +lat_2=47.75 +x_0=1700000 +y_0=6200000 +ellps=GRS80
3948|RGF93 v1 / CC48|49 -4.87 47 8.23|+proj=lcc +lat_0=48 +lon_0=3 +lat_1=47.25 +lat_2=48.75 +x_0=1700000 +y_0=7200000 +ellps=GRS80
3949|RGF93 v1 / CC49|50 -4.87 48 8.23|+proj=lcc +lat_0=49 +lon_0=3 +lat_1=48.25 +lat_2=49.75 +x_0=1700000 +y_0=8200000 +ellps=GRS80
3950|RGF93 v1 / CC50|51.14 -2.03 49 8.08|+proj=lcc +lat_0=50 +lon_0=3 +lat_1=49.25 +lat_2=50.75 +x_0=1700000 +y_0=9200000 +ellps=GRS80
3978|NAD83 / Canada Atlas Lambert|86.46 -141.01 38.21 -40.73|+proj=lcc +lat_0=49 +lon_0=-95 +lat_1=49 +lat_2=77 +x_0=0 +y_0=0 +ellps=GRS80
3979|NAD83(CSRS) / Canada Atlas Lambert|86.46 -141.01 38.21 -40.73|+proj=lcc +lat_0=49 +lon_0=-95 +lat_1=49 +lat_2=77 +x_0=0 +y_0=0 +ellps=GRS80 +towgs84=-0.991,1.9072,0.5129,-1.25033e-07,-4.6785e-08,-5.6529e-08,0
4063|RGRDC 2005 / UTM zone 35S|-4.79 24 -13.46 29.81|+proj=utm +zone=35 +south +ellps=GRS80
4148|Hartebeesthoek94|-22.13 13.33 -50.32 42.85|+proj=longlat +ellps=WGS84
4149|CH1903|47.81 5.96 45.82 10.49|+proj=longlat +ellps=bessel +towgs84=674.374,15.056,405.346,0,0,0,0
4150|CH1903+|47.81 5.96 45.82 10.49|+proj=longlat +ellps=bessel +towgs84=674.374,15.056,405.346,0,0,0,0
4171|RGF93 v1|51.56 -9.86 41.15 10.38|+proj=longlat +ellps=GRS80
4230|ED50|84.73 -16.1 25.71 48.61|+proj=longlat +ellps=intl +towgs84=-87,-98,-121,0,0,0,0
4236|Hu Tzu Shan 1950|25.34 119.25 21.87 122.06|+proj=longlat +ellps=intl +towgs84=-637,-549,-203,0,0,0,0
4258|ETRS89|84.73 -16.1 32.88 40.18|+proj=longlat +ellps=GRS80
4261|Merchich|35.97 -17.16 20.71 -1.01|+proj=longlat +ellps=clrk80ign +towgs84=31,146,47,0,0,0,0
4267|NAD27|83.17 167.65 7.15 -47.74|+proj=longlat +datum=NAD27
4269|NAD83|86.45 167.65 14.92 -40.73|+proj=longlat +ellps=GRS80
4275|NTF|51.14 -4.87 41.31 9.63|+proj=longlat +ellps=clrk80ign +towgs84=-168,-60,320,0,0,0,0
4277|OSGB36|61.01 -9 49.75 2.01|+proj=longlat +datum=OSGB36
4283|GDA94|-8.47 93.41 -60.55 173.34|+proj=longlat +ellps=GRS80
4284|Pulkovo 1942|81.91 19.57 35.14 -168.97|+proj=longlat +ellps=krass +towgs84=23.92,-141.27,-80.9,0,0.35,0.82,-0.12
4289|Amersfoort|53.7 3.2 50.75 7.22|+proj=longlat +ellps=bessel +towgs84=565.4171,50.3319,465.5524,-0.398957,0.343988,-1.87740,4.0725
4312|MGI|49.02 9.53 46.4 17.17|+proj=longlat +datum=hermannskogel
4313|BD72|51.51 2.5 49.5 6.4|+proj=longlat +ellps=intl +towgs84=-106.8686,52.2978,-103.7239,0.3366,-0.457,1.8422,-1.2747
4314|DHDN|55.09 5.86 47.27 13.84|+proj=longlat +datum=potsdam
4471|RGM04 / UTM zone 38S|-11.33 43.68 -14.49 46.7|+proj=utm +zone=38 +south +ellps=GRS80
4490|China Geodetic Coordinate System 2000|53.56 73.62 16.7 134.77|+proj=longlat +ellps=GRS80
4526|CGCS2000 / 3-degree Gauss-Kruger zone 38|45.45 112.5 21.52 115.5|+proj=tmerc +lat_0=0 +lon_0=114 +k=1 +x_0=38500000 +y_0=0 +ellps=GRS80
4547|CGCS2000 / 3-degree Gauss-Kruger CM 114E|45.45 112.5 21.52 115.5|+proj=tmerc +lat_0=0 +lon_0=114 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80
4548|CGCS2000 / 3-degree Gauss-Kruger CM 117E|49.88 115.5 22.6 118.5|+proj=tmerc +lat_0=0 +lon_0=117 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80
4549|CGCS2000 / 3-degree Gauss-Kruger CM 120E|53.33 118.5 24.43 121.5|+proj=tmerc +lat_0=0 +lon_0=120 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80
4612|JGD2000|46.05 122.38 17.09 157.65|+proj=longlat +ellps=GRS80
4618|SAD69|12.52 -91.72 -55.96 -25.28|+proj=longlat +ellps=aust_SA +towgs84=-66.87,4.37,-38.52,0,0,0,0
4624|RGFG95|8.88 -54.61 2.11 -49.45|+proj=longlat +ellps=GRS80
4625|Martinique 1938|14.93 -61.29 14.35 -60.76|+proj=longlat +ellps=intl +towgs84=126.93,547.94,130.41,-2.7867,5.1612,-0.8584,13.8227
4674|SIRGAS 2000|32.72 -122.19 -59.87 -25.28|+proj=longlat +ellps=GRS80
4740|PZ-90|90 -180 -90 180|+proj=longlat +a=6378136 +b=6356751.361745712 +towgs84=0,0,1.5,0,0,0.076,0
5105|ETRS89 / NTM zone 5|62.49 4.68 58.32 6|+proj=tmerc +lat_0=58 +lon_0=5.5 +k=1 +x_0=100000 +y_0=1000000 +ellps=GRS80
5174|Korean 1985 / Modified Central Belt|38.33 126 33.96 128|+proj=tmerc +lat_0=38 +lon_0=127.002890277778 +k=1 +x_0=200000 +y_0=500000 +ellps=bessel +towgs84=-145.907,505.034,685.756,-1.162,2.347,1.592,6.342
5179|Korea 2000 / Unified CS|40.27 122.71 28.6 134.28|+proj=tmerc +lat_0=38 +lon_0=127.5 +k=0.9996 +x_0=1000000 +y_0=2000000 +ellps=GRS80
5180|Korea 2000 / West Belt|38.04 124.53 33.99 126|+proj=tmerc +lat_0=38 +lon_0=125 +k=1 +x_0=200000 +y_0=500000 +ellps=GRS80
5181|Korea 2000 / Central Belt|38.33 126 33.96 128|+proj=tmerc +lat_0=38 +lon_0=127 +k=1 +x_0=200000 +y_0=500000 +ellps=GRS80
5185|Korea 2000 / West Belt 2010|38.04 124.53 33.99 126|+proj=tmerc +lat_0=38 +lon_0=125 +k=1 +x_0=200000 +y_0=600000 +ellps=GRS80
5186|Korea 2000 / Central Belt 2010|38.33 126 33.14 128|+proj=tmerc +lat_0=38 +lon_0=127 +k=1 +x_0=200000 +y_0=600000 +ellps=GRS80
5187|Korea 2000 / East Belt 2010|38.64 128 34.49 129.65|+proj=tmerc +lat_0=38 +lon_0=129 +k=1 +x_0=200000 +y_0=600000 +ellps=GRS80
5223|WGS 84 / Gabon TM|2.32 8.65 -3.98 14.52|+proj=tmerc +lat_0=0 +lon_0=12 +k=0.9996 +x_0=500000 +y_0=500000 +datum=WGS84
5234|Kandawala / Sri Lanka Grid|9.88 79.64 5.86 81.95|+proj=tmerc +lat_0=7.00048027777778 +lon_0=80.7717111111111 +k=0.9999238418 +x_0=200000 +y_0=200000 +ellps=evrst30 +towgs84=-97,787,86,0,0,0,0
5235|SLD99 / Sri Lanka Grid 1999|9.88 79.64 5.86 81.95|+proj=tmerc +lat_0=7.000471527777778 +lon_0=80.77171308333334 +k=0.9999238418 +x_0=500000 +y_0=500000 +a=6377276.345 +b=6356075.41314024 +towgs84=-0.293,766.95,87.713,0.195704,1.695068,3.473016,-0.039338
5243|ETRS89 / LCC Germany (E-N)|55.09 5.86 47.27 15.04|+proj=lcc +lat_0=51 +lon_0=10.5 +lat_1=48.6666666666667 +lat_2=53.6666666666667 +x_0=0 +y_0=0 +ellps=GRS80
5343|POSGAR 2007 / Argentina 1|-36.16 -73.59 -52 -70.5|+proj=tmerc +lat_0=-90 +lon_0=-72 +k=1 +x_0=1500000 +y_0=0 +ellps=WGS84 +towgs84=-0.41,0.46,-0.35,0,0,0,0
5344|POSGAR 2007 / Argentina 2|-24.08 -70.5 -54.9 -67.49|+proj=tmerc +lat_0=-90 +lon_0=-69 +k=1 +x_0=2500000 +y_0=0 +ellps=WGS84 +towgs84=-0.41,0.46,-0.35,0,0,0,0
5345|POSGAR 2007 / Argentina 3|-21.78 -67.5 -55.11 -64.49|+proj=tmerc +lat_0=-90 +lon_0=-66 +k=1 +x_0=3500000 +y_0=0 +ellps=WGS84 +towgs84=-0.41,0.46,-0.35,0,0,0,0
5346|POSGAR 2007 / Argentina 4|-21.99 -64.5 -54.91 -61.5|+proj=tmerc +lat_0=-90 +lon_0=-63 +k=1 +x_0=4500000 +y_0=0 +ellps=WGS84 +towgs84=-0.41,0.46,-0.35,0,0,0,0
5347|POSGAR 2007 / Argentina 5|-23.37 -61.51 -39.06 -58.5|+proj=tmerc +lat_0=-90 +lon_0=-60 +k=1 +x_0=5500000 +y_0=0 +ellps=WGS84 +towgs84=-0.41,0.46,-0.35,0,0,0,0
5361|SIRGAS-Chile 2002 / UTM zone 19S|-17.5 -72 -59.87 -66|+proj=utm +zone=19 +south +ellps=GRS80
5387|Peru96 / UTM zone 18S|-0.03 -78 -21.05 -72|+proj=utm +zone=18 +south +ellps=GRS80
5490|RGAF09 / UTM zone 20N|18.31 -63.66 14.08 -60|+proj=utm +zone=20 +ellps=GRS80
5514|S-JTSK / Krovak East North|51.06 12.09 47.73 22.56|+proj=krovak +lat_0=49.5 +lon_0=24.8333333333333 +alpha=30.2881397527778 +k=0.9999 +x_0=0 +y_0=0 +ellps=bessel +towgs84=589,76,480,0,0,0,0
5530|SAD69(96) / Brazil Polyconic|7.04 -74.01 -35.71 -25.28|+proj=poly +lat_0=0 +lon_0=-54 +x_0=5000000 +y_0=10000000 +ellps=aust_SA +towgs84=-67.35,3.88,-38.22,0,0,0,0
5880|SIRGAS 2000 / Brazil Polyconic|7.04 -74.01 -35.71 -25.28|+proj=poly +lat_0=0 +lon_0=-54 +x_0=5000000 +y_0=10000000 +ellps=GRS80
5972|ETRS89 / UTM zone 32N + NN2000 height|65.76 6 57.93 12|+proj=utm +zone=32 +ellps=GRS80 +vunits=m
6312|CGRS93 / Cyprus Local Transverse Mercator|35.74 32.2 34.59 34.65|+proj=tmerc +lat_0=0 +lon_0=33 +k=0.99995 +x_0=200000 +y_0=-3500000 +ellps=WGS84 +towgs84=8.846,-4.394,-1.122,0.00237,0.146528,-0.130428,0.783926
6316|MGI 1901 / Balkans zone 7|46.19 19.5 41.85 22.51|+proj=tmerc +lat_0=0 +lon_0=21 +k=0.9999 +x_0=7500000 +y_0=0 +ellps=bessel +towgs84=682,-203,480,0,0,0,0
6362|Mexico ITRF92 / LCC|32.72 -122.19 12.1 -84.64|+proj=lcc +lat_0=12 +lon_0=-102 +lat_1=17.5 +lat_2=29.5 +x_0=2500000 +y_0=0 +ellps=GRS80
6372|Mexico ITRF2008 / LCC|32.72 -122.19 12.1 -84.64|+proj=lcc +lat_0=12 +lon_0=-102 +lat_1=17.5 +lat_2=29.5 +x_0=2500000 +y_0=0 +ellps=GRS80
6669|JGD2011 / Japan Plane Rectangular CS I|34.74 128.17 26.96 130.46|+proj=tmerc +lat_0=33 +lon_0=129.5 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
6670|JGD2011 / Japan Plane Rectangular CS II|33.99 129.76 30.18 132.05|+proj=tmerc +lat_0=33 +lon_0=131 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
6671|JGD2011 / Japan Plane Rectangular CS III|36.38 130.81 33.72 133.49|+proj=tmerc +lat_0=36 +lon_0=132.166666666667 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
6672|JGD2011 / Japan Plane Rectangular CS IV|34.45 131.95 32.69 134.81|+proj=tmerc +lat_0=33 +lon_0=133.5 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
6673|JGD2011 / Japan Plane Rectangular CS V|35.71 133.13 34.13 135.47|+proj=tmerc +lat_0=36 +lon_0=134.333333333333 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
6674|JGD2011 / Japan Plane Rectangular CS VI|36.33 134.86 33.4 136.99|+proj=tmerc +lat_0=36 +lon_0=136 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
6675|JGD2011 / Japan Plane Rectangular CS VII|37.58 136.22 34.51 137.84|+proj=tmerc +lat_0=36 +lon_0=137.166666666667 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
6676|JGD2011 / Japan Plane Rectangular CS VIII|38.58 137.32 34.54 139.91|+proj=tmerc +lat_0=36 +lon_0=138.5 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
6677|JGD2011 / Japan Plane Rectangular CS IX|37.98 138.4 29.31 141.11|+proj=tmerc +lat_0=36 +lon_0=139.833333333333 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
6678|JGD2011 / Japan Plane Rectangular CS X|41.58 139.49 37.73 142.14|+proj=tmerc +lat_0=40 +lon_0=140.833333333333 +k=0.9999 +x_0=0 +y_0=0 +ellps=GRS80
6707|RDN2008 / UTM zone 32N (N-E)|47.04 5.93 36.53 12|+proj=utm +zone=32 +ellps=GRS80
6708|RDN2008 / UTM zone 33N (N-E)|47.1 12 34.79 18|+proj=utm +zone=33 +ellps=GRS80
6870|ETRS89 / Albania TM 2010|42.67 19.22 39.64 21.06|+proj=tmerc +lat_0=0 +lon_0=20 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80
6933|WGS 84 / NSIDC EASE-Grid 2.0 Global|86 -180 -86 180|+proj=cea +lat_ts=30 +lon_0=0 +x_0=0 +y_0=0 +datum=WGS84
6962|ETRS89 / Albania LCC 2010|42.67 19.22 39.64 21.06|+proj=lcc +lat_0=41 +lon_0=20 +lat_1=39 +lat_2=43 +x_0=0 +y_0=0 +ellps=GRS80
7755|WGS 84 / India NSF LCC|35.51 65.6 3.87 97.42|+proj=lcc +lat_0=24 +lon_0=80 +lat_1=12.472955 +lat_2=35.1728044444444 +x_0=4000000 +y_0=4000000 +datum=WGS84
7801|BGS2005 / CCS2005|44.23 22.36 41.24 28.68|+proj=lcc +lat_0=42.6678756833333 +lon_0=25.5 +lat_1=42 +lat_2=43.3333333333333 +x_0=500000 +y_0=4725824.3591 +ellps=GRS80
7844|GDA2020|-8.47 93.41 -60.55 173.34|+proj=longlat +ellps=GRS80
9377|MAGNA-SIRGAS / Origen-Nacional|15.51 -84.77 -4.23 -66.87|+proj=tmerc +lat_0=4 +lon_0=-73 +k=0.9992 +x_0=5000000 +y_0=2000000 +ellps=GRS80
9842|RGF93 v2b / CC42|43.07 -1.06 41.31 9.63|+proj=lcc +lat_0=42 +lon_0=3 +lat_1=41.25 +lat_2=42.75 +x_0=1700000 +y_0=1200000 +ellps=GRS80
9843|RGF93 v2b / CC43|44.01 -1.79 42.33 7.65|+proj=lcc +lat_0=43 +lon_0=3 +lat_1=42.25 +lat_2=43.75 +x_0=1700000 +y_0=2200000 +ellps=GRS80
9844|RGF93 v2b / CC44|45 -1.79 42.92 7.71|+proj=lcc +lat_0=44 +lon_0=3 +lat_1=43.25 +lat_2=44.75 +x_0=1700000 +y_0=3200000 +ellps=GRS80
9845|RGF93 v2b / CC45|46 -1.46 44 7.71|+proj=lcc +lat_0=45 +lon_0=3 +lat_1=44.25 +lat_2=45.75 +x_0=1700000 +y_0=4200000 +ellps=GRS80
9846|RGF93 v2b / CC46|47 -2.21 45 7.16|+proj=lcc +lat_0=46 +lon_0=3 +lat_1=45.25 +lat_2=46.75 +x_0=1700000 +y_0=5200000 +ellps=GRS80
9847|RGF93 v2b / CC47|48 -4.77 46 7.63|+proj=lcc +lat_0=47 +lon_0=3 +lat_1=46.25 +lat_2=47.75 +x_0=1700000 +y_0=6200000 +ellps=GRS80
9848|RGF93 v2b / CC48|49 -4.87 47 8.23|+proj=lcc +lat_0=48 +lon_0=3 +lat_1=47.25 +lat_2=48.75 +x_0=1700000 +y_0=7200000 +ellps=GRS80
9849|RGF93 v2b / CC49|50 -4.87 48 8.23|+proj=lcc +lat_0=49 +lon_0=3 +lat_1=48.25 +lat_2=49.75 +x_0=1700000 +y_0=8200000 +ellps=GRS80
9850|RGF93 v2b / CC50|51.14 -2.03 49 8.08|+proj=lcc +lat_0=50 +lon_0=3 +lat_1=49.25 +lat_2=50.75 +x_0=1700000 +y_0=9200000 +ellps=GRS80
20135|Adindan / UTM zone 35N|22.01 23.99 4.21 30.01|+proj=utm +zone=35 +a=6378249.145 +rf=293.465 +towgs84=-166,-15,204,0,0,0,0
20136|Adindan / UTM zone 36N|22.24 29.99 3.49 36|+proj=utm +zone=36 +a=6378249.145 +rf=293.465 +towgs84=-166,-15,204,0,0,0,0
20137|Adindan / UTM zone 37N|22.01 36 3.4 42|+proj=utm +zone=37 +a=6378249.145 +rf=293.465 +towgs84=-166,-15,204,0,0,0,0
20138|Adindan / UTM zone 38N|12.85 42 4.11 47.99|+proj=utm +zone=38 +a=6378249.145 +rf=293.465 +towgs84=-166,-15,204,0,0,0,0
20437|Ain el Abd / UTM zone 37N|32.16 36 16.59 42|+proj=utm +zone=37 +ellps=intl +towgs84=-143,-236,7,0,0,0,0
20438|Ain el Abd / UTM zone 38N|31.15 42 16.37 48.01|+proj=utm +zone=38 +ellps=intl +towgs84=-143,-236,7,0,0,0,0
20439|Ain el Abd / UTM zone 39N|30.04 47.99 17.94 54.01|+proj=utm +zone=39 +ellps=intl +towgs84=-143,-236,7,0,0,0,0
20440|Ain el Abd / UTM zone 40N|22.77 54 19.66 55.67|+proj=utm +zone=40 +ellps=intl +towgs84=-143,-236,7,0,0,0,0
20790|Lisbon (Lisbon) / Portuguese National Grid|42.16 -9.56 36.95 -6.19|+proj=tmerc +lat_0=39.66666666666666 +lon_0=1 +k=1 +x_0=200000 +y_0=300000 +ellps=intl +towgs84=-304.046,-60.576,103.64,0,0,0,0 +pm=lisbon
21035|Arc 1960 / UTM zone 35S|0 29.34 -6.81 30|+proj=utm +zone=35 +south +a=6378249.145 +rf=293.465 +towgs84=-160,-6,-302,0,0,0,0
21036|Arc 1960 / UTM zone 36S|0.01 29.99 -11.61 36|+proj=utm +zone=36 +south +a=6378249.145 +rf=293.465 +towgs84=-160,-6,-302,0,0,0,0
21037|Arc 1960 / UTM zone 37S|0 36 -11.75 41.6|+proj=utm +zone=37 +south +a=6378249.145 +rf=293.465 +towgs84=-160,-6,-302,0,0,0,0
21095|Arc 1960 / UTM zone 35N|0.86 29.71 0 30|+proj=utm +zone=35 +a=6378249.145 +rf=293.465 +towgs84=-160,-6,-302,0,0,0,0
21096|Arc 1960 / UTM zone 36N|4.63 29.99 0 36|+proj=utm +zone=36 +a=6378249.145 +rf=293.465 +towgs84=-160,-6,-302,0,0,0,0
21781|CH1903 / LV03|47.81 5.96 45.82 10.49|+proj=somerc +lat_0=46.9524055555556 +lon_0=7.43958333333333 +k_0=1 +x_0=600000 +y_0=200000 +ellps=bessel +towgs84=674.374,15.056,405.346,0,0,0,0
22171|POSGAR 98 / Argentina 1|-36.16 -73.59 -52 -70.5|+proj=tmerc +lat_0=-90 +lon_0=-72 +k=1 +x_0=1500000 +y_0=0 +ellps=GRS80
22172|POSGAR 98 / Argentina 2|-24.08 -70.5 -54.9 -67.49|+proj=tmerc +lat_0=-90 +lon_0=-69 +k=1 +x_0=2500000 +y_0=0 +ellps=GRS80
22173|POSGAR 98 / Argentina 3|-21.78 -67.5 -55.11 -64.49|+proj=tmerc +lat_0=-90 +lon_0=-66 +k=1 +x_0=3500000 +y_0=0 +ellps=GRS80
22174|POSGAR 98 / Argentina 4|-21.99 -64.5 -54.91 -61.5|+proj=tmerc +lat_0=-90 +lon_0=-63 +k=1 +x_0=4500000 +y_0=0 +ellps=GRS80
22175|POSGAR 98 / Argentina 5|-23.37 -61.51 -39.06 -58.5|+proj=tmerc +lat_0=-90 +lon_0=-60 +k=1 +x_0=5500000 +y_0=0 +ellps=GRS80
22181|POSGAR 94 / Argentina 1|-36.16 -73.59 -52 -70.5|+proj=tmerc +lat_0=-90 +lon_0=-72 +k=1 +x_0=1500000 +y_0=0 +ellps=WGS84
22182|POSGAR 94 / Argentina 2|-24.08 -70.5 -54.9 -67.49|+proj=tmerc +lat_0=-90 +lon_0=-69 +k=1 +x_0=2500000 +y_0=0 +ellps=WGS84
22183|POSGAR 94 / Argentina 3|-21.78 -67.5 -55.11 -64.49|+proj=tmerc +lat_0=-90 +lon_0=-66 +k=1 +x_0=3500000 +y_0=0 +ellps=WGS84
22184|POSGAR 94 / Argentina 4|-21.99 -64.5 -54.91 -61.5|+proj=tmerc +lat_0=-90 +lon_0=-63 +k=1 +x_0=4500000 +y_0=0 +ellps=WGS84
22185|POSGAR 94 / Argentina 5|-23.37 -61.51 -39.06 -58.5|+proj=tmerc +lat_0=-90 +lon_0=-60 +k=1 +x_0=5500000 +y_0=0 +ellps=WGS84
22234|Cape / UTM zone 34S|-17.99 19.99 -26.88 24|+proj=utm +zone=34 +south +a=6378249.145 +rf=293.4663077 +towgs84=-136,-108,-292,0,0,0,0
22332|Carthage / UTM zone 32N|38.41 7.81 33.22 13.67|+proj=utm +zone=32 +ellps=clrk80ign +towgs84=-263,6,431,0,0,0,0
22391|Carthage / Nord Tunisie|37.4 8.18 34.65 11.37|+proj=lcc +lat_1=36 +lat_0=36 +lon_0=9.9 +k_0=0.999625544 +x_0=500000 +y_0=300000 +ellps=clrk80ign +towgs84=-263,6,431,0,0,0,0
22392|Carthage / Sud Tunisie|34.66 7.49 30.23 11.59|+proj=lcc +lat_1=33.3 +lat_0=33.3 +lon_0=9.9 +k_0=0.999625769 +x_0=500000 +y_0=300000 +ellps=clrk80ign +towgs84=-263,6,431,0,0,0,0
22770|Deir ez Zor / Syria Lambert|37.3 35.04 32.31 42.38|+proj=lcc +lat_1=34.65 +lat_0=34.65 +lon_0=37.35 +k_0=0.9996256 +x_0=300000 +y_0=300000 +ellps=clrk80ign +towgs84=-190.421,8.532,238.69,0,0,0,0
22780|Deir ez Zor / Levant Stereographic|37.3 35.04 32.31 42.38|+proj=sterea +lat_0=34.2 +lon_0=39.15 +k=0.9995341 +x_0=0 +y_0=0 +ellps=clrk80ign +towgs84=-190.421,8.532,238.69,0,0,0,0
22991|Egypt 1907 / Blue Belt|31.36 33 21.97 36.95|+proj=tmerc +lat_0=30 +lon_0=35 +k=1 +x_0=300000 +y_0=1100000 +ellps=helmert +towgs84=-130,110,-13,0,0,0,0
22992|Egypt 1907 / Red Belt|33.82 29 21.99 34.27|+proj=tmerc +lat_0=30 +lon_0=31 +k=1 +x_0=615000 +y_0=810000 +ellps=helmert +towgs84=-130,110,-13,0,0,0,0
22993|Egypt 1907 / Purple Belt|31.68 24.7 28.18 29|+proj=tmerc +lat_0=30 +lon_0=27 +k=1 +x_0=700000 +y_0=200000 +ellps=helmert +towgs84=-130,110,-13,0,0,0,0
22994|Egypt 1907 / Extended Purple Belt|28.19 24.99 21.99 29.01|+proj=tmerc +lat_0=30 +lon_0=27 +k=1 +x_0=700000 +y_0=1200000 +ellps=helmert +towgs84=-130,110,-13,0,0,0,0
23700|HD72 / EOV|48.58 16.11 45.74 22.9|+proj=somerc +lat_0=47.1443937222222 +lon_0=19.0485717777778 +k_0=0.99993 +x_0=650000 +y_0=200000 +ellps=GRS67 +towgs84=52.17,-71.82,-14.9,0,0,0,0
23830|DGN95 / Indonesia TM-3 zone 46.2|5.97 95.16 2.55 96|+proj=tmerc +lat_0=0 +lon_0=94.5 +k=0.9999 +x_0=200000 +y_0=1500000 +ellps=WGS84
23833|DGN95 / Indonesia TM-3 zone 48.1|1.68 102 -5.99 105|+proj=tmerc +lat_0=0 +lon_0=103.5 +k=0.9999 +x_0=200000 +y_0=1500000 +ellps=WGS84
24047|Indian 1975 / UTM zone 47N|20.46 97.34 5.63 102.01|+proj=utm +zone=47 +ellps=evrst30 +towgs84=293,836,318,0.5,1.6,-2.8,2.1
24048|Indian 1975 / UTM zone 48N|18.44 102 6.02 105.64|+proj=utm +zone=48 +ellps=evrst30 +towgs84=293,836,318,0.5,1.6,-2.8,2.1
24378|Kalianpur 1975 / India zone I|35.51 70.35 28 81.64|+proj=lcc +lat_1=32.5 +lat_0=32.5 +lon_0=68 +k_0=0.99878641 +x_0=2743195.5 +y_0=914398.5 +a=6377299.151 +rf=300.8017255 +towgs84=295,736,257,0,0,0,0
24379|Kalianpur 1975 / India zone IIa|28.01 68.13 21 82.01|+proj=lcc +lat_1=26 +lat_0=26 +lon_0=74 +k_0=0.99878641 +x_0=2743195.5 +y_0=914398.5 +a=6377299.151 +rf=300.8017255 +towgs84=295,736,257,0,0,0,0
24380|Kalianpur 1975 / India zone IIb|29.47 82 21 97.42|+proj=lcc +lat_1=26 +lat_0=26 +lon_0=90 +k_0=0.99878641 +x_0=2743195.5 +y_0=914398.5 +a=6377299.151 +rf=300.8017255 +towgs84=295,736,257,0,0,0,0
24500|Kertau 1968 / Singapore Grid|1.47 103.59 1.13 104.07|+proj=cass +lat_0=1.28764666666667 +lon_0=103.853002222222 +x_0=30000 +y_0=30000 +ellps=evrst48 +towgs84=-11,851,5,0,0,0,0
24877|PSAD56 / UTM zone 17S|0 -81.41 -10.53 -78|+proj=utm +zone=17 +south +ellps=intl +towgs84=-288,175,-376,0,0,0,0
24878|PSAD56 / UTM zone 18S|0 -78 -43.5 -71.99|+proj=utm +zone=18 +south +ellps=intl +towgs84=-288,175,-376,0,0,0,0
25000|Leigon / Ghana Metre Grid|11.16 -3.79 1.4 2.1|+proj=tmerc +lat_0=4.66666666666667 +lon_0=-1 +k=0.99975 +x_0=274319.51 +y_0=0 +a=6378249.145 +rf=293.465 +towgs84=-130,29,364,0,0,0,0
26191|Merchich / Nord Maroc|35.97 -9.85 31.49 -1.01|+proj=lcc +lat_1=33.3 +lat_0=33.3 +lon_0=-5.4 +k_0=0.999625769 +x_0=500000 +y_0=300000 +ellps=clrk80ign +towgs84=31,146,47,0,0,0,0
26192|Merchich / Sud Maroc|31.51 -13.24 27.66 -3.59|+proj=lcc +lat_1=29.7 +lat_0=29.7 +lon_0=-5.4 +k_0=0.999615596 +x_0=500000 +y_0=300000 +ellps=clrk80ign +towgs84=31,146,47,0,0,0,0
26237|Massawa / UTM zone 37N|18.1 36.44 12.36 43.31|+proj=utm +zone=37 +ellps=bessel +towgs84=639,405,60,0,0,0,0
26331|Minna / UTM zone 31N|6.14 2.66 1.92 6|+proj=utm +zone=31 +a=6378249.145 +rf=293.465 +towgs84=-92,-93,122,0,0,0,0
26332|Minna / UTM zone 32N|3.68 6 2.61 7.82|+proj=utm +zone=32 +a=6378249.145 +rf=293.465 +towgs84=-92,-93,122,0,0,0,0
26391|Minna / Nigeria West Belt|13.9 2.69 3.57 6.5|+proj=tmerc +lat_0=4 +lon_0=4.5 +k=0.99975 +x_0=230738.26 +y_0=0 +a=6378249.145 +rf=293.465 +towgs84=-92,-93,122,0,0,0,0
26392|Minna / Nigeria Mid Belt|13.53 6.5 3.57 10.51|+proj=tmerc +lat_0=4 +lon_0=8.5 +k=0.99975 +x_0=670553.98 +y_0=0 +a=6378249.145 +rf=293.465 +towgs84=-92,-93,122,0,0,0,0
26393|Minna / Nigeria East Belt|13.72 10.49 6.43 14.65|+proj=tmerc +lat_0=4 +lon_0=12.5 +k=0.99975 +x_0=1110369.7 +y_0=0 +a=6378249.145 +rf=293.465 +towgs84=-92,-93,122,0,0,0,0
26971|NAD83 / Illinois East|42.5 -89.28 37.06 -87.02|+proj=tmerc +lat_0=36.6666666666667 +lon_0=-88.3333333333333 +k=0.999975 +x_0=300000 +y_0=0 +ellps=GRS80
27039|Nahrwan 1967 / UTM zone 39N|27.05 50.55 22.76 54.01|+proj=utm +zone=39 +a=6378249.145 +rf=293.465 +towgs84=-249,-156,381,0,0,0,0
27040|Nahrwan 1967 / UTM zone 40N|26.27 54 22.63 57.13|+proj=utm +zone=40 +a=6378249.145 +rf=293.465 +towgs84=-249,-156,381,0,0,0,0
27200|NZGD49 / New Zealand Map Grid|-34.1 166.37 -47.33 178.63|+proj=nzmg +lat_0=-41 +lon_0=173 +x_0=2510000 +y_0=6023150 +datum=nzgd49
27561|NTF (Paris) / Lambert Nord France|51.14 -4.87 48.14 8.23|+proj=lcc +lat_1=49.50000000000001 +lat_0=49.50000000000001 +lon_0=0 +k_0=0.999877341 +x_0=600000 +y_0=200000 +a=6378249.2 +b=6356515 +towgs84=-168,-60,320,0,0,0,0 +pm=paris
27562|NTF (Paris) / Lambert Centre France|48.15 -4.8 45.44 7.63|+proj=lcc +lat_1=46.8 +lat_0=46.8 +lon_0=0 +k_0=0.99987742 +x_0=600000 +y_0=200000 +a=6378249.2 +b=6356515 +towgs84=-168,-60,320,0,0,0,0 +pm=paris
27563|NTF (Paris) / Lambert Sud France|45.46 -1.79 42.33 7.71|+proj=lcc +lat_1=44.10000000000001 +lat_0=44.10000000000001 +lon_0=0 +k_0=0.999877499 +x_0=600000 +y_0=200000 +a=6378249.2 +b=6356515 +towgs84=-168,-60,320,0,0,0,0 +pm=paris
27564|NTF (Paris) / Lambert Corse|43.07 8.5 41.31 9.63|+proj=lcc +lat_1=42.16500000000001 +lat_0=42.16500000000001 +lon_0=0 +k_0=0.99994471 +x_0=234.358 +y_0=185861.369 +a=6378249.2 +b=6356515 +towgs84=-168,-60,320,0,0,0,0 +pm=paris
27571|NTF (Paris) / Lambert zone I|51.14 -4.87 48.14 8.23|+proj=lcc +lat_1=49.50000000000001 +lat_0=49.50000000000001 +lon_0=0 +k_0=0.999877341 +x_0=600000 +y_0=1200000 +a=6378249.2 +b=6356515 +towgs84=-168,-60,320,0,0,0,0 +pm=paris
27572|NTF (Paris) / Lambert zone II|51.14 -4.87 42.33 8.23|+proj=lcc +lat_1=46.8 +lat_0=46.8 +lon_0=0 +k_0=0.99987742 +x_0=600000 +y_0=2200000 +a=6378249.2 +b=6356515 +towgs84=-168,-60,320,0,0,0,0 +pm=paris
27573|NTF (Paris) / Lambert zone III|45.46 -1.79 42.33 7.71|+proj=lcc +lat_1=44.10000000000001 +lat_0=44.10000000000001 +lon_0=0 +k_0=0.999877499 +x_0=600000 +y_0=3200000 +a=6378249.2 +b=6356515 +towgs84=-168,-60,320,0,0,0,0 +pm=paris
27574|NTF (Paris) / Lambert zone IV|43.07 8.5 41.31 9.63|+proj=lcc +lat_1=42.16500000000001 +lat_0=42.16500000000001 +lon_0=0 +k_0=0.99994471 +x_0=234.358 +y_0=4185861.369 +a=6378249.2 +b=6356515 +towgs84=-168,-60,320,0,0,0,0 +pm=paris
27700|OSGB36 / British National Grid|61.01 -9 49.75 2.01|+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +datum=OSGB36
28193|Palestine 1923 / Israeli CS Grid|33.28 34.17 29.45 35.69|+proj=cass +lat_0=31.7340969444444 +lon_0=35.2120805555556 +x_0=170251.555 +y_0=1126867.909 +a=6378300.789 +b=6356566.435 +towgs84=-275.7224,94.7824,340.8944,-8.001,-4.42,-11.821,1
28404|Pulkovo 1942 / Gauss-Kruger zone 4|59.44 19.57 47.95 24|+proj=tmerc +lat_0=0 +lon_0=21 +k=1 +x_0=4500000 +y_0=0 +ellps=krass +towgs84=23.92,-141.27,-80.9,0,0.35,0.82,-0.12
28405|Pulkovo 1942 / Gauss-Kruger zone 5|69.47 24 45.18 30.01|+proj=tmerc +lat_0=0 +lon_0=27 +k=1 +x_0=5500000 +y_0=0 +ellps=krass +towgs84=23.92,-141.27,-80.9,0,0.35,0.82,-0.12
28406|Pulkovo 1942 / Gauss-Kruger zone 6|70.02 30 44.32 36|+proj=tmerc +lat_0=0 +lon_0=33 +k=1 +x_0=6500000 +y_0=0 +ellps=krass +towgs84=23.92,-141.27,-80.9,0,0.35,0.82,-0.12
28407|Pulkovo 1942 / Gauss-Kruger zone 7|69.23 36 41.43 42|+proj=tmerc +lat_0=0 +lon_0=39 +k=1 +x_0=7500000 +y_0=0 +ellps=krass +towgs84=23.92,-141.27,-80.9,0,0.35,0.82,-0.12
28600|Qatar 1974 / Qatar National Grid|26.2 50.69 24.55 51.68|+proj=tmerc +lat_0=24.45 +lon_0=51.2166666666667 +k=0.99999 +x_0=200000 +y_0=300000 +ellps=intl +towgs84=-128.16,-282.42,21.93,0,0,0,0
28992|Amersfoort / RD New|53.7 3.2 50.75 7.22|+proj=sterea +lat_0=52.15616055555555 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 +ellps=bessel +towgs84=565.4171,50.3319,465.5524,-0.398957,0.343988,-1.87740,4.0725
29101|SAD69 / Brazil Polyconic|7.04 -74.01 -35.71 -25.28|+proj=poly +lat_0=0 +lon_0=-54 +x_0=5000000 +y_0=10000000 +ellps=aust_SA +towgs84=-66.87,4.37,-38.52,0,0,0,0
29702|Tananarive (Paris) / Laborde Grid approximation|-11.89 43.18 -25.64 50.56|+proj=omerc +lat_0=-18.9 +lonc=44.10000000000001 +alpha=18.9 +k=0.9995000000000001 +x_0=400000 +y_0=800000 +gamma=18.9 +ellps=intl +towgs84=-189,-242,-91,0,0,0,0 +pm=paris
29902|TM65 / Irish Grid|55.43 -10.56 51.39 -5.93|+proj=tmerc +lat_0=53.5 +lon_0=-8 +k=1.000035 +x_0=200000 +y_0=250000 +a=6377340.189 +rf=299.3249646 +towgs84=482.5,-130.6,564.6,-1.042,-0.214,-0.631,8.15
29903|TM75 / Irish Grid|55.43 -10.56 51.39 -5.34|+proj=tmerc +lat_0=53.5 +lon_0=-8 +k=1.000035 +x_0=200000 +y_0=250000 +a=6377340.189 +rf=299.3249646 +towgs84=482.5,-130.6,564.6,-1.042,-0.214,-0.631,8.15
30491|Voirol 1875 / Nord Algerie (ancienne)|37.14 -2.22 34.64 8.64|+proj=lcc +lat_1=36 +lat_0=36 +lon_0=2.7 +k_0=0.999625544 +x_0=500000 +y_0=300000 +ellps=clrk80ign +towgs84=-73,-247,227,0,0,0,0
30492|Voirol 1875 / Sud Algerie (ancienne)|34.66 -2.95 31.99 9.09|+proj=lcc +lat_1=33.3 +lat_0=33.3 +lon_0=2.7 +k_0=0.999625769 +x_0=500000 +y_0=300000 +ellps=clrk80ign +towgs84=-73,-247,227,0,0,0,0
30729|Nord Sahara 1959 / UTM zone 29N|29.85 -8.67 25.73 -6|+proj=utm +zone=29 +a=6378249.145 +rf=293.465 +towgs84=-209.3622,-87.8162,404.6198,0.0046,3.4784,0.5805,-1.4547
30730|Nord Sahara 1959 / UTM zone 30N|37.01 -6 21.82 0|+proj=utm +zone=30 +a=6378249.145 +rf=293.465 +towgs84=-209.3622,-87.8162,404.6198,0.0046,3.4784,0.5805,-1.4547
30731|Nord Sahara 1959 / UTM zone 31N|38.77 0 18.97 6.01|+proj=utm +zone=31 +a=6378249.145 +rf=293.465 +towgs84=-209.3622,-87.8162,404.6198,0.0046,3.4784,0.5805,-1.4547
30732|Nord Sahara 1959 / UTM zone 32N|38.8 6 19.6 11.99|+proj=utm +zone=32 +a=6378249.145 +rf=293.465 +towgs84=-209.3622,-87.8162,404.6198,0.0046,3.4784,0.5805,-1.4547
31028|Yoff / UTM zone 28N|16.7 -20.22 10.64 -11.36|+proj=utm +zone=28 +ellps=clrk80ign +towgs84=-30,190,89,0,0,0,0
31254|MGI / Austria GK West|47.61 9.53 46.77 11.84|+proj=tmerc +lat_0=0 +lon_0=10.3333333333333 +k=1 +x_0=0 +y_0=-5000000 +ellps=bessel +towgs84=577.326,90.129,463.919,5.137,1.474,5.297,2.4232
31255|MGI / Austria GK Central|48.79 11.83 46.4 14.84|+proj=tmerc +lat_0=0 +lon_0=13.3333333333333 +k=1 +x_0=0 +y_0=-5000000 +ellps=bessel +towgs84=577.326,90.129,463.919,5.137,1.474,5.297,2.4232
31256|MGI / Austria GK East|49.02 14.83 46.56 17.17|+proj=tmerc +lat_0=0 +lon_0=16.3333333333333 +k=1 +x_0=0 +y_0=-5000000 +ellps=bessel +towgs84=577.326,90.129,463.919,5.137,1.474,5.297,2.4232
31257|MGI / Austria GK M28|47.61 9.53 46.77 11.84|+proj=tmerc +lat_0=0 +lon_0=10.3333333333333 +k=1 +x_0=150000 +y_0=-5000000 +ellps=bessel +towgs84=577.326,90.129,463.919,5.137,1.474,5.297,2.4232
31258|MGI / Austria GK M31|48.79 11.83 46.4 14.84|+proj=tmerc +lat_0=0 +lon_0=13.3333333333333 +k=1 +x_0=450000 +y_0=-5000000 +ellps=bessel +towgs84=577.326,90.129,463.919,5.137,1.474,5.297,2.4232
31259|MGI / Austria GK M34|49.02 14.83 46.56 17.17|+proj=tmerc +lat_0=0 +lon_0=16.3333333333333 +k=1 +x_0=750000 +y_0=-5000000 +ellps=bessel +towgs84=577.326,90.129,463.919,5.137,1.474,5.297,2.4232
31287|MGI / Austria Lambert|49.02 9.53 46.4 17.17|+proj=lcc +lat_0=47.5 +lon_0=13.3333333333333 +lat_1=49 +lat_2=46 +x_0=400000 +y_0=400000 +ellps=bessel +towgs84=577.326,90.129,463.919,5.137,1.474,5.297,2.4232
31370|BD72 / Belgian Lambert 72|51.51 2.5 49.5 6.4|+proj=lcc +lat_1=51.16666723333333 +lat_2=49.8333339 +lat_0=90 +lon_0=4.367486666666666 +x_0=150000.013 +y_0=5400088.438 +ellps=intl +towgs84=-106.8686,52.2978,-103.7239,0.3366,-0.457,1.8422,-1.2747
31466|DHDN / 3-degree Gauss-Kruger zone 2|53.81 5.86 49.11 7.5|+proj=tmerc +lat_0=0 +lon_0=6 +k=1 +x_0=2500000 +y_0=0 +datum=potsdam
31467|DHDN / 3-degree Gauss-Kruger zone 3|55.09 7.5 47.27 10.51|+proj=tmerc +lat_0=0 +lon_0=9 +k=1 +x_0=3500000 +y_0=0 +datum=potsdam
31468|DHDN / 3-degree Gauss-Kruger zone 4|54.59 10.5 47.39 13.51|+proj=tmerc +lat_0=0 +lon_0=12 +k=1 +x_0=4500000 +y_0=0 +datum=potsdam
31469|DHDN / 3-degree Gauss-Kruger zone 5|48.98 13.5 48.51 13.84|+proj=tmerc +lat_0=0 +lon_0=15 +k=1 +x_0=5500000 +y_0=0 +datum=potsdam
32188|NAD83 / MTM zone 8|62.53 -75 44.98 -72|+proj=tmerc +lat_0=0 +lon_0=-73.5 +k=0.9999 +x_0=304800 +y_0=0 +ellps=GRS80
32198|NAD83 / Quebec Lambert|62.62 -79.85 44.99 -57.1|+proj=lcc +lat_0=44 +lon_0=-68.5 +lat_1=60 +lat_2=46 +x_0=0 +y_0=0 +ellps=GRS80
32635|WGS 84 / UTM zone 35N|84 24 0 30|+proj=utm +zone=35 +datum=WGS84
`;
