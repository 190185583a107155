-- Lines long enough to be folded.
CREATE TABLE measurements_of_the_second_survey (
    id                                   bigint PRIMARY KEY,
    concentration_of_dissolved_oxygen    numeric(12,4) NOT NULL,
    temperature_at_the_surface           double precision,
    taken_at                             timestamp with time zone NOT NULL DEFAULT now(),
    "a ""quoted"" name"                  text
);
