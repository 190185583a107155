--
-- PostgreSQL database dump
--
-- A small schema as pg_dump writes it: everything qualified, constraints and defaults added afterwards, sequences apart
-- from their columns, data between. Much of it is beyond what sqlparser reads, and all of it has to be understood or
-- knowingly passed over.
--

-- Dumped from database version 15.8
-- Dumped by pg_dump version 15.8

SET statement_timeout = 0;
SET lock_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: stock; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA stock;

--
-- Name: SCHEMA stock; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON SCHEMA stock IS 'What lies where.';

--
-- Name: shelf_code; Type: DOMAIN; Schema: stock; Owner: -
--

CREATE DOMAIN stock.shelf_code AS character varying(8) NOT NULL DEFAULT 'A1'::character varying
	CONSTRAINT shelf_code_check CHECK (((VALUE)::text ~ '^[A-Z][0-9]+$'::text));

--
-- Name: movement_kind; Type: TYPE; Schema: stock; Owner: -
--

CREATE TYPE stock.movement_kind AS ENUM (
    'in',
    'out'
);

--
-- Name: touch(); Type: FUNCTION; Schema: stock; Owner: -
--

CREATE FUNCTION stock.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
BEGIN
    -- A semicolon; and 'a quote', and $$ a pair of dollars $$.
    EXECUTE 'SELECT $1' USING NEW.id;
    NEW.touched_at := now();
    RETURN NEW;
END;
$_$;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: shelves; Type: TABLE; Schema: stock; Owner: -
--

CREATE TABLE stock.shelves (
    id integer NOT NULL,
    code stock.shelf_code,
    touched_at timestamp with time zone DEFAULT now() NOT NULL
);

--
-- Name: shelves_id_seq; Type: SEQUENCE; Schema: stock; Owner: -
--

CREATE SEQUENCE stock.shelves_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

--
-- Name: shelves_id_seq; Type: SEQUENCE OWNED BY; Schema: stock; Owner: -
--

ALTER SEQUENCE stock.shelves_id_seq OWNED BY stock.shelves.id;

--
-- Name: movements; Type: TABLE; Schema: stock; Owner: -
--

CREATE TABLE stock.movements (
    id bigint NOT NULL,
    shelf_id integer NOT NULL,
    kind stock.movement_kind DEFAULT 'in'::stock.movement_kind NOT NULL,
    quantity numeric(10,3) NOT NULL,
    weight numeric(10,3) GENERATED ALWAYS AS ((quantity * 0.5)) STORED,
    moved_on date NOT NULL,
    CONSTRAINT movements_quantity_check CHECK ((quantity > (0)::numeric))
)
PARTITION BY RANGE (moved_on);

--
-- Name: movements_id_seq; Type: SEQUENCE; Schema: stock; Owner: -
--

ALTER TABLE stock.movements ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME stock.movements_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: movements_2026; Type: TABLE; Schema: stock; Owner: -
--

CREATE TABLE stock.movements_2026 (
    id bigint NOT NULL,
    shelf_id integer NOT NULL,
    kind stock.movement_kind DEFAULT 'in'::stock.movement_kind NOT NULL,
    quantity numeric(10,3) NOT NULL,
    weight numeric(10,3) GENERATED ALWAYS AS ((quantity * 0.5)) STORED,
    moved_on date NOT NULL,
    CONSTRAINT movements_quantity_check CHECK ((quantity > (0)::numeric))
);

--
-- Name: levels; Type: MATERIALIZED VIEW; Schema: stock; Owner: -
--

CREATE MATERIALIZED VIEW stock.levels AS
 SELECT movements.shelf_id,
    sum(
        CASE movements.kind
            WHEN 'in'::stock.movement_kind THEN movements.quantity
            ELSE (- movements.quantity)
        END) AS level
   FROM stock.movements
  GROUP BY movements.shelf_id
  WITH NO DATA;

--
-- Name: movements_2026; Type: TABLE ATTACH; Schema: stock; Owner: -
--

ALTER TABLE ONLY stock.movements ATTACH PARTITION stock.movements_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

--
-- Name: shelves id; Type: DEFAULT; Schema: stock; Owner: -
--

ALTER TABLE ONLY stock.shelves ALTER COLUMN id SET DEFAULT nextval('stock.shelves_id_seq'::regclass);

--
-- Data for Name: shelves; Type: TABLE DATA; Schema: stock; Owner: -
--

COPY stock.shelves (id, code, touched_at) FROM stdin;
1	A1	2026-01-01 00:00:00+00
2	B7	2026-01-02 00:00:00+00
\.

--
-- Name: shelves_id_seq; Type: SEQUENCE SET; Schema: stock; Owner: -
--

SELECT pg_catalog.setval('stock.shelves_id_seq', 2, true);

--
-- Name: movements movements_pkey; Type: CONSTRAINT; Schema: stock; Owner: -
--

ALTER TABLE ONLY stock.movements
    ADD CONSTRAINT movements_pkey PRIMARY KEY (id, moved_on);

ALTER TABLE ONLY stock.movements_2026
    ADD CONSTRAINT movements_2026_pkey PRIMARY KEY (id, moved_on);

ALTER TABLE ONLY stock.shelves
    ADD CONSTRAINT shelves_code_key UNIQUE (code);

ALTER TABLE ONLY stock.shelves
    ADD CONSTRAINT shelves_pkey PRIMARY KEY (id);

--
-- Name: movements_kind_idx; Type: INDEX; Schema: stock; Owner: -
--

CREATE INDEX movements_kind_idx ON ONLY stock.movements USING btree (kind);

CREATE INDEX movements_2026_kind_idx ON stock.movements_2026 USING btree (kind);

--
-- Name: movements_2026_pkey; Type: INDEX ATTACH; Schema: stock; Owner: -
--

ALTER INDEX stock.movements_pkey ATTACH PARTITION stock.movements_2026_pkey;

ALTER INDEX stock.movements_kind_idx ATTACH PARTITION stock.movements_2026_kind_idx;

--
-- Name: shelves touch; Type: TRIGGER; Schema: stock; Owner: -
--

CREATE TRIGGER touch BEFORE UPDATE ON stock.shelves FOR EACH ROW EXECUTE FUNCTION stock.touch();

--
-- Name: movements movements_shelf_id_fkey; Type: FK CONSTRAINT; Schema: stock; Owner: -
--

ALTER TABLE stock.movements
    ADD CONSTRAINT movements_shelf_id_fkey FOREIGN KEY (shelf_id) REFERENCES stock.shelves(id) ON DELETE RESTRICT;

--
-- What follows is no pg_dump's, but a migration's.
--

DO $$
BEGIN
    RAISE NOTICE 'a block; with a semicolon';
END
$$;

GRANT USAGE ON SCHEMA stock TO PUBLIC;

REFRESH MATERIALIZED VIEW stock.levels;

--
-- PostgreSQL database dump complete
--
