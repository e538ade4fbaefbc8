-- Grain: one row per child protection plan in a census year.
-- Why: a plan is told by any of its columns, on the row of its episode.
select
    input,
    source_file,
    source_row,
    cin_la as la_code,
    cin_acadyr as census_year,
    cin_lachildid_anon as lachildid,
    cin_referraldate as cinreferraldate,
    cin_cppstartdate as cppstartdate,
    cin_cppenddate as cppenddate,
    cin_initialcategoryofabuse as initialcategoryofabuse,
    cin_latestcategoryofabuse as latestcategoryofabuse,
    cin_numberofpreviouscpp as numberofpreviouscpp,
from cin_census
where coalesce(cin_cppstartdate, cin_cppenddate, cin_initialcategoryofabuse, cin_latestcategoryofabuse) is not null
