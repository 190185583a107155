CREATE TABLE tenants (id integer PRIMARY KEY);

-- A composite key, with the tenant as shared context.
CREATE TABLE users (
    tenant_id   integer NOT NULL REFERENCES tenants,
    id          integer NOT NULL,
    manager_id  integer,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, manager_id) REFERENCES users (tenant_id, id)
);

CREATE TABLE posts (
    tenant_id  integer NOT NULL,
    id         bigint NOT NULL,
    author_id  integer NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, author_id) REFERENCES users
);

-- Keys to what is unique but no primary key; a text; a narrower integer.
CREATE TABLE countries (id serial PRIMARY KEY, code char(2) NOT NULL UNIQUE);
CREATE TABLE cities (id integer PRIMARY KEY, country_code char(2) REFERENCES countries (code));
CREATE TABLE visits (id integer PRIMARY KEY, city_id bigint NOT NULL REFERENCES cities, by uuid);
