-- equal
CREATE TYPE lamp AS (watts integer, sizes text[]);
CREATE DOMAIN sound_lamp AS lamp CHECK ((VALUE).watts > 0);
CREATE DOMAIN levels AS integer[];
CREATE SCHEMA stage;
CREATE TABLE stage.booths (id integer PRIMARY KEY, lvls smallint[], lamp lamp, sound sound_lamp, levels levels, c text);
CREATE VIEW booth_parts AS
    SELECT b.lvls[1] AS l1,
        b.levels[2] AS l2,
        b.levels[1:2] AS some_levels,
        (b.lamp).watts,
        (b.sound).watts AS sound_watts,
        (b.sound).sizes[1] AS first_size,
        (b.lamp).sizes
    FROM stage.booths b;
CREATE VIEW booths_plain AS
    SELECT booths.lvls[1] AS l1, stage.booths.lvls[2] AS l2, lvls[3] AS l3, (booths.sound).watts, ((booths).lamp).watts AS w
    FROM stage.booths;
CREATE VIEW of_query AS
    SELECT q.all_levels[1] AS first, (q.one).watts, (q.other).watts AS other_watts
    FROM (SELECT levels AS all_levels, lamp AS one, sound AS other FROM stage.booths) q;
CREATE VIEW whole_row AS SELECT (b).lamp, ((b).sound).watts, (b).lvls[1] AS l1 FROM stage.booths AS b;
CREATE VIEW alias_of_a_column AS SELECT c.lvls[1] AS l1 FROM stage.booths AS c;
