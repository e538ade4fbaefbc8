# Grambsch-Therneau tests on lung, with a categorical term and stratified by sex; and the stratified model itself, its
# covariance clustered on the institution. Writes proportional_hazards.csv and cox_strata.csv.
# Run from this folder: Rscript proportional_hazards.R
library(survival)
lung <- read.csv("lung.csv", na.strings = "NA")
few <- lung[!is.na(lung$inst) & !is.na(lung$ph.ecog) & lung$ph.ecog <= 2, ]
tight <- coxph.control(eps = 1e-11, iter.max = 50)
models <- list(
  linear = coxph(Surv(time, status) ~ age + sex + ph.ecog, data = lung, ties = "efron", control = tight),
  categorical = coxph(Surv(time, status) ~ age + factor(ph.ecog), data = few, ties = "efron", control = tight),
  stratified = coxph(Surv(time, status) ~ age + factor(ph.ecog) + strata(sex), data = few, ties = "efron",
                     control = tight)
)
tests <- do.call(rbind, lapply(names(models), function(name) {
  table <- cox.zph(models[[name]])$table
  data.frame(model = name, term = sub("factor\\((.*)\\)", "\\1", rownames(table)), statistic = table[, "chisq"],
             df = table[, "df"], p_value = table[, "p"])
}))
for (figure in c("statistic", "p_value")) tests[[figure]] <- sprintf("%.17g", tests[[figure]])
write.csv(tests, "proportional_hazards.csv", row.names = FALSE, quote = FALSE)

fit <- coxph(Surv(time, status) ~ age + ph.ecog + strata(sex), data = few, ties = "efron", cluster = inst,
             control = tight)
answers <- data.frame(term = names(coef(fit)), estimate = sprintf("%.17g", coef(fit)),
                      std_error = sprintf("%.17g", sqrt(diag(vcov(fit)))))
write.csv(answers, "cox_strata.csv", row.names = FALSE, quote = FALSE)
