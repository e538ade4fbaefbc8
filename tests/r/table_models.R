# Answers for `dyadlink fit`: curves, medians, tests and regressions on lung, mgus2, rats, rossi and heart, delayed entry
# among them. Writes table_curves.csv, table_tests.csv and table_estimates.csv; from R's own data rats.csv, and from
# mgus2.csv mgus2_states.csv.
# Run from this folder: Rscript table_models.R
library(survival)
library(sandwich)

write.csv(subset(rats, sex == "f", c(litter, rx, time, status)), "rats.csv", row.names = FALSE, quote = FALSE)
lung <- read.csv("lung.csv", na.strings = "NA")
rats <- read.csv("rats.csv")
rats$row <- seq_len(nrow(rats))
rats$counts <- 1 + (rats$litter %% 3) / 2
rossi <- read.csv("rossi.csv")
heart <- read.csv("heart.csv")
mgus2 <- read.csv("mgus2.csv", na.strings = "NA")
mgus2$patient <- seq_len(nrow(mgus2))
mgus2$male <- as.numeric(mgus2$sex == "M")
mgus2$etime <- ifelse(mgus2$pstat == 1, mgus2$ptime, mgus2$futime)
mgus2$state <- factor(ifelse(mgus2$pstat == 1, "pcm", ifelse(mgus2$death == 1, "death", "censored")),
                      levels = c("censored", "pcm", "death"))
# Age in months: who is diagnosed late is at risk late.
mgus2$from <- 12 * mgus2$age
mgus2$to <- mgus2$from + mgus2$etime
states <- transform(mgus2, months = etime, from_month = from, to_month = to)
write.csv(states[c("age", "sex", "mspike", "months", "state", "from_month", "to_month")], "mgus2_states.csv",
          row.names = FALSE, quote = FALSE)
control <- coxph.control(eps = 1e-11, iter.max = 50)
exact <- function(x) sprintf("%.17g", x)

curve <- function(name, fit, cause = NULL) {
  pick <- function(x) if (is.null(cause)) x else x[, match(cause, fit$states)]
  error <- pick(fit$std.err) * (if (isTRUE(fit$logse)) pick(fit$surv) else 1)
  data.frame(curve = name, cause = if (is.null(cause)) "" else cause, time = exact(fit$time),
             estimate = exact(pick(if (is.null(cause)) fit$surv else fit$pstate)), std_error = exact(error),
             conf_low = exact(pick(fit$lower)), conf_high = exact(pick(fit$upper)),
             n_at_risk = if (is.null(cause)) fit$n.risk else rowSums(fit$n.risk))
}
late <- function(cause) {
  fit <- survfit(Surv(from, to, state) ~ 1, mgus2, id = patient, conf.type = "log-log")
  curve("mgus2_late", fit, cause)
}
all_lung <- survfit(Surv(time, status) ~ 1, lung)
reverse_lung <- survfit(Surv(time, status == 1) ~ 1, lung)
late_mgus2 <- survfit(Surv(from, to, death) ~ 1, transform(mgus2, to = from + futime))
clustered_rats <- survfit(Surv(time, status) ~ 1, rats, cluster = litter)
by_sex <- lapply(1:2, function(sex) survfit(Surv(time, status) ~ 1, lung[lung$sex == sex, ]))
write.csv(rbind(
  curve("lung", all_lung), curve("lung_reverse", reverse_lung), curve("mgus2_survival_late", late_mgus2),
  curve("rats_clustered", clustered_rats), curve("lung_sex_1", by_sex[[1]]), curve("lung_sex_2", by_sex[[2]]),
  late("pcm"), late("death")
), "table_curves.csv", row.names = FALSE, quote = FALSE)

median_of <- function(name, fit) {
  row <- quantile(fit, 0.5)
  data.frame(test = name, figure = c("estimate", "conf_low", "conf_high"),
             value = exact(c(row$quantile, row$lower, row$upper)))
}
log_rank <- function(name, fit) {
  data.frame(test = name, figure = c("statistic", "df", "p_value"),
             value = exact(c(fit$chisq, length(fit$n) - 1, pchisq(fit$chisq, length(fit$n) - 1, lower.tail = FALSE))))
}
write.csv(rbind(
  median_of("lung", all_lung), median_of("lung_reverse", reverse_lung), median_of("mgus2_survival_late", late_mgus2),
  log_rank("lung_sex", survdiff(Surv(time, status) ~ sex, lung)),
  log_rank("lung_sex_within_inst", survdiff(Surv(time, status) ~ sex + strata(inst), lung[!is.na(lung$inst), ]))
), "table_tests.csv", row.names = FALSE, quote = FALSE)

estimates <- function(name, fit, covariance = vcov(fit)) {
  keep <- names(coef(fit)) != "(Intercept)"
  data.frame(model = name, term = names(coef(fit))[keep], estimate = exact(unname(coef(fit))[keep]),
             std_error = exact(sqrt(diag(as.matrix(covariance)))[keep]), n = if (inherits(fit, "coxph")) fit$n else nobs(fit))
}
# Death within two years: an outcome without time.
early <- transform(mgus2[!is.na(mgus2$mspike), ], soon = as.numeric(death == 1 & futime <= 24))
early$counts <- 1 + (early$patient %% 4) / 2
exact_fit <- list(epsilon = 1e-14, maxit = 100)
plain <- glm(soon ~ age + male + mspike, binomial, early, control = exact_fit)
# It warns that weights are no whole numbers.
weighted <- suppressWarnings(
  glm(soon ~ age + male + mspike, binomial, early, weights = counts, control = exact_fit)
)
# As published: without the patient who was followed for less than a day.
last <- heart[!duplicated(heart$id, fromLast = TRUE) & heart$stop > 1, ]
write.csv(rbind(
  estimates("lung", coxph(Surv(time, status) ~ age + sex + ph.ecog, lung, control = control)),
  estimates("lung_within_inst", coxph(Surv(time, status) ~ age + sex + strata(inst), lung, control = control)),
  estimates("rossi", coxph(Surv(week, arrest) ~ fin + age + race + wexp + mar + paro + prio, rossi, control = control)),
  estimates("rats", coxph(Surv(time, status) ~ rx, rats, control = control)),
  estimates("rats_clustered", coxph(Surv(time, status) ~ rx, rats, cluster = litter, control = control)),
  estimates("rats_weighted", coxph(Surv(time, status) ~ rx, rats, weights = counts, cluster = row, control = control)),
  estimates("mgus2_late", coxph(Surv(from, to, state == "pcm") ~ male + mspike, mgus2, control = control)),
  estimates("heart_naive", coxph(Surv(stop, event) ~ transplant, last, control = control)),
  estimates("heart", coxph(Surv(start, stop, event) ~ transplant, heart, control = control)),
  estimates("heart_full", coxph(Surv(start, stop, event) ~ age + year + surgery + transplant, heart, control = control)),
  estimates("mgus2_logistic", plain),
  estimates("mgus2_logistic_by_year", plain, vcovCL(plain, ~dxyr, type = "HC1", cadjust = TRUE)),
  estimates("mgus2_logistic_weighted", weighted, vcovCL(weighted, ~patient, type = "HC1", cadjust = TRUE))
), "table_estimates.csv", row.names = FALSE, quote = FALSE)
