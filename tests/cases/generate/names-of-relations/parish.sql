CREATE TABLE tbl_persons (id bigint PRIMARY KEY, father_id bigint REFERENCES tbl_persons (id));
CREATE TABLE tbl_groups (id bigint PRIMARY KEY);
CREATE TABLE tbl_person_groups (
    person_id bigint REFERENCES tbl_persons (id),
    group_id bigint REFERENCES tbl_groups (id),
    PRIMARY KEY (person_id, group_id)
);
CREATE TABLE tbl_interments (
    id bigint PRIMARY KEY,
    tbl_person_id bigint NOT NULL REFERENCES tbl_persons (id),
    officiant bigint REFERENCES tbl_persons (id)
);
CREATE TABLE tbl_ (id bigint PRIMARY KEY, person bigint REFERENCES tbl_persons (id));
CREATE TABLE plots (id bigint PRIMARY KEY, interment bigint REFERENCES tbl_interments (id));
