CREATE EXTENSION postgis;
CREATE TABLE places (
    id     integer PRIMARY KEY,
    shape  geometry(Point, 4326),
    acl    aclitem[],
    stats  pg_ndistinct
);
CREATE DOMAIN row_of AS integer[];
CREATE TABLE arrays (id integer PRIMARY KEY, rows row_of[]);
