# Cox models on lung: Efron ties, covariance clustered (a) on the institution, (b) on the patient.
# Writes cox_lung.csv. Run from this folder: Rscript cox_lung.R
library(survival)
lung <- read.csv("lung.csv", na.strings = "NA")
lung$patient <- seq_len(nrow(lung))

fit_one <- function(name, formula, cluster_column, data) {
  data$cluster_id <- data[[cluster_column]]
  fit <- coxph(formula, data = data, cluster = cluster_id, ties = "efron",
               control = coxph.control(eps = 1e-11, iter.max = 50))
  data.frame(model = name, term = names(coef(fit)), estimate = unname(coef(fit)),
             std_error = sqrt(diag(vcov(fit))), naive_std_error = sqrt(diag(fit$naive.var)),
             n = fit$n, n_events = fit$nevent)
}

with_institution <- lung[!is.na(lung$inst), ]
answers <- rbind(
  fit_one("by_institution", Surv(time, status) ~ age + sex + ph.ecog, "inst", with_institution),
  fit_one("by_patient", Surv(time, status) ~ age + sex + ph.ecog, "patient", lung),
  fit_one("categorical", Surv(time, status) ~ age + factor(ph.ecog), "inst",
          with_institution[which(with_institution$ph.ecog <= 2), ])
)
answers$estimate <- sprintf("%.17g", answers$estimate)
answers$std_error <- sprintf("%.17g", answers$std_error)
answers$naive_std_error <- sprintf("%.17g", answers$naive_std_error)
write.csv(answers, "cox_lung.csv", row.names = FALSE, quote = FALSE)
