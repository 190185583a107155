CREATE TABLE customers (id integer PRIMARY KEY, nm text, nm2 text, number integer);
CREATE TABLE clients (id integer PRIMARY KEY);
CREATE TABLE leads (id integer PRIMARY KEY);
CREATE TABLE regions (id integer PRIMARY KEY);
CREATE TABLE zones (id integer PRIMARY KEY);
