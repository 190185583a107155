CREATE EXTENSION postgis;
CREATE DOMAIN email AS text;
CREATE TABLE customers (
    id      integer PRIMARY KEY,
    name    text,
    email   email NOT NULL,
    emails  email[],
    credit  numeric(10,2) NOT NULL,
    limits  numeric[],
    shape   public.geometry,
    home    public.geometry(Point,4326)
);
