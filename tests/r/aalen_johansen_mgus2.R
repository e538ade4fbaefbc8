# Aalen-Johansen curves on mgus2: infinitesimal jackknife (a) by patient, (b) clustered on the year of diagnosis;
# 95% interval on the log(-log) scale. Writes aalen_johansen_mgus2.csv. Run from this folder:
# Rscript aalen_johansen_mgus2.R
library(survival)
mgus2 <- read.csv("mgus2.csv", na.strings = "NA")
mgus2$months <- with(mgus2, ifelse(pstat == 1, ptime, futime))
mgus2$event <- with(mgus2, factor(ifelse(pstat == 1, 1, 2 * death), 0:2, c("censored", "pcm", "death")))

curves_of <- function(name, data, cluster_id = seq_len(nrow(data))) {
  fit <- survfit(Surv(months, event) ~ 1, data = data, conf.type = "log-log", influence = TRUE)
  one <- function(cause) {
    k <- match(cause, fit$states)
    # survival 3.5.3 ignores `cluster =` in a multi-state survfit without saying so: sum the influence by hand.
    std_error <- sqrt(colSums(rowsum(fit$influence.pstate[, , k], cluster_id)^2))
    std_error <- tail(std_error, length(fit$time))
    if (anyDuplicated(cluster_id) == 0) stopifnot(all.equal(std_error, fit$std.err[, k], check.attributes = FALSE))
    p <- fit$pstate[, k]
    q <- ifelse(std_error > 0, qnorm(0.975) * std_error / (p * log(p)), NA)
    data.frame(curve = name, cause = cause, time = fit$time, estimate = p, std_error = std_error,
               conf_low = exp(-exp(log(-log(p)) - q)), conf_high = exp(-exp(log(-log(p)) + q)),
               n_at_risk = fit$n.risk[, 1], n_events = cumsum(fit$n.event[, k]))
  }
  answers <- rbind(one("pcm"), one("death"))
  if (anyDuplicated(cluster_id) == 0) {
    stopifnot(all.equal(answers$conf_low, c(fit$lower[, 2], fit$lower[, 3])),
              all.equal(answers$conf_high, c(fit$upper[, 2], fit$upper[, 3])))
  }
  answers
}
answers <- rbind(
  curves_of("all_by_patient", mgus2),
  curves_of("all_by_year", mgus2, mgus2$dxyr),
  curves_of("women_by_patient", mgus2[mgus2$sex == "F", ])
)
for (column in c("estimate", "std_error", "conf_low", "conf_high")) {
  answers[[column]] <- sprintf("%.17g", answers[[column]])
}
write.csv(answers, "aalen_johansen_mgus2.csv", row.names = FALSE, quote = FALSE)
