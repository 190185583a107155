CREATE TABLE person (id bigint PRIMARY KEY, employee_id bigint);
