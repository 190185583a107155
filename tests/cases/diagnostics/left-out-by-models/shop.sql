CREATE TABLE orders (id bigint PRIMARY KEY, person_id bigint, worker_id bigint);
