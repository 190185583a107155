CREATE TABLE events (id int PRIMARY KEY, day date NOT NULL);
CREATE FUNCTION make_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE events_%s (id int)', NEW.id);
    RETURN NEW;
END $$;
CREATE TRIGGER part BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION make_part();
INSERT INTO events VALUES (1, '2026-01-01');
