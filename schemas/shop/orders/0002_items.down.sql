DROP TABLE shipments;
DROP TABLE items;
