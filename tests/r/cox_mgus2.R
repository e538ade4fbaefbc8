# Cause-specific Cox models on mgus2 (months, so heavily tied): Efron ties, clustered on the year of diagnosis.
# Writes cox_mgus2.csv. Run from this folder: Rscript cox_mgus2.R
library(survival)
mgus2 <- read.csv("mgus2.csv", na.strings = "NA")
mgus2$months <- with(mgus2, ifelse(pstat == 1, ptime, futime))
mgus2$event <- with(mgus2, ifelse(pstat == 1, "pcm", ifelse(death == 1, "death", "censored")))

fit_one <- function(cause) {
  fit <- coxph(Surv(months, event == cause) ~ age + sex + mspike, data = mgus2, cluster = dxyr, ties = "efron",
               control = coxph.control(eps = 1e-11, iter.max = 50))
  data.frame(model = cause, term = names(coef(fit)), estimate = sprintf("%.17g", coef(fit)),
             std_error = sprintf("%.17g", sqrt(diag(vcov(fit)))), n = fit$n, n_events = fit$nevent)
}
write.csv(rbind(fit_one("pcm"), fit_one("death")), "cox_mgus2.csv", row.names = FALSE, quote = FALSE)
