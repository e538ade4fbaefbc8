# Gray's test (rho = 0) with cmprsk on mgus2 and lung: two groups, three groups with heavy ties, strata, no competing events.
# Writes gray_test.csv. Run from this folder: Rscript gray_test.R
library(cmprsk)
mgus2 <- read.csv("mgus2.csv", na.strings = "NA")
mgus2$months <- with(mgus2, ifelse(pstat == 1, ptime, futime))
mgus2$code <- with(mgus2, ifelse(pstat == 1, 1, 2 * death))
mgus2$age_band <- cut(mgus2$age, c(0, 60, 75, Inf), labels = c("a", "b", "c"))
mgus2$years <- ceiling(mgus2$months / 12)
lung <- read.csv("lung.csv", na.strings = "NA")

tests_of <- function(name, days, code, group, strata) {
  fit <- cuminc(days, code, group, strata, rho = 0)$Tests
  data.frame(case = name, cause = rownames(fit), statistic = sprintf("%.17g", fit[, "stat"]), df = fit[, "df"],
             p_value = sprintf("%.17g", fit[, "pv"]))
}
answers <- with(mgus2, rbind(
  tests_of("sex", months, code, sex, rep(1, length(sex))),
  tests_of("age_band", months, code, age_band, rep(1, length(sex))),
  tests_of("age_band_years", years, code, age_band, rep(1, length(sex))),
  tests_of("age_band_by_sex", months, code, age_band, sex),
  tests_of("sex_by_age_band_years", years, code, sex, age_band),
  tests_of("lung_sex", lung$time, lung$status - 1, lung$sex, rep(1, nrow(lung)))
))
write.csv(answers, "gray_test.csv", row.names = FALSE, quote = FALSE)
