-- A database of measurements: partitions, documents, arrays, ranges, and views over them, in a schema of its own.

CREATE SCHEMA analytics;

COMMENT ON SCHEMA analytics IS 'What visitors of the sites did.';

SET search_path TO analytics, public;

CREATE TYPE device AS ENUM ('desktop', 'phone', 'tablet', 'bot');

CREATE TABLE sites (
    id          bigserial PRIMARY KEY,
    host        text NOT NULL UNIQUE,
    owner_mail  text,
    languages   text[] NOT NULL DEFAULT ARRAY['en']::text[],
    allowed     cidr[] NOT NULL DEFAULT '{}',
    -- While the site was, or is, online.
    online      tstzrange NOT NULL DEFAULT tstzrange(now(), NULL)
);

-- A range of months a partition; what fits none goes to the default.
CREATE TABLE page_views (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    site_id      bigint NOT NULL REFERENCES sites,
    seen_at      timestamptz NOT NULL,
    path         text NOT NULL,
    visitor      uuid NOT NULL,
    address      inet,
    device       device NOT NULL,
    took         interval,
    load_times   real[],
    headers      jsonb,
    PRIMARY KEY (id, seen_at)
) PARTITION BY RANGE (seen_at);

CREATE TABLE page_views_2026_01 PARTITION OF page_views
    FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2026-02-01 00:00:00+00');
CREATE TABLE page_views_2026_02 PARTITION OF page_views
    FOR VALUES FROM ('2026-02-01 00:00:00+00') TO ('2026-03-01 00:00:00+00');
CREATE TABLE page_views_other PARTITION OF page_views DEFAULT;

CREATE INDEX page_views_site_idx ON page_views (site_id, seen_at DESC);
CREATE INDEX page_views_headers_idx ON page_views USING gin (headers jsonb_path_ops);

COMMENT ON TABLE page_views IS 'One row a page that somebody looked at.';
COMMENT ON COLUMN page_views.load_times IS 'Milliseconds of each part of the page, in the order it was asked for.';

-- A list of regions a partition, and one of them divided again.
CREATE TABLE sales (
    region    text NOT NULL,
    sold_on   date NOT NULL,
    product   text NOT NULL,
    amount    numeric(14, 2) NOT NULL,
    currency  char(3) NOT NULL DEFAULT 'EUR',
    details   json
) PARTITION BY LIST (region);

CREATE TABLE sales_europe PARTITION OF sales FOR VALUES IN ('nl', 'de', 'fr') PARTITION BY RANGE (sold_on);
CREATE TABLE sales_europe_2026 PARTITION OF sales_europe FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE sales_europe_past PARTITION OF sales_europe DEFAULT;

CREATE TABLE sales_america PARTITION OF sales FOR VALUES IN ('us', 'ca');
CREATE TABLE sales_other PARTITION OF sales DEFAULT;

CREATE TABLE campaigns (
    id          bigserial PRIMARY KEY,
    site_id     bigint NOT NULL REFERENCES sites ON DELETE CASCADE,
    name        text NOT NULL,
    runs        daterange NOT NULL,
    budget      numrange,
    hours       int4multirange NOT NULL DEFAULT '{[0,24)}',
    targets     jsonb[] NOT NULL DEFAULT '{}',
    weights     double precision[][],
    -- Two campaigns of one site never run at the same time. Ranges alone need no extension.
    EXCLUDE USING gist (int8range(site_id, site_id, '[]') WITH =, runs WITH &&)
);

CREATE MATERIALIZED VIEW daily_views AS
SELECT
    site_id,
    (seen_at AT TIME ZONE 'UTC')::date AS day,
    count(*) AS views,
    count(DISTINCT visitor) AS visitors,
    avg(extract(epoch FROM took))::double precision AS mean_seconds,
    array_agg(DISTINCT device) AS devices
FROM page_views
GROUP BY site_id, (seen_at AT TIME ZONE 'UTC')::date;

CREATE UNIQUE INDEX daily_views_key ON daily_views (site_id, day);

COMMENT ON MATERIALIZED VIEW daily_views IS 'Refreshed every night.';

-- One of the same name in another schema: it is no relation of the first.
CREATE TABLE public.sites (
    host   text PRIMARY KEY,
    since  date NOT NULL DEFAULT CURRENT_DATE
);

COMMENT ON TABLE public.sites IS 'The list that the old system reads.';
