CREATE TABLE invoices (id bigint PRIMARY KEY, person_id bigint);
