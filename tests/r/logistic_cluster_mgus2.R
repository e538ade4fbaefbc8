# Logistic models on mgus2, covariance clustered on the year of diagnosis, corrected by
# G / (G - 1) * (n - 1) / (n - k) (sandwich: type HC1 with cadjust). Writes logistic_cluster_mgus2.csv.
# Run from this folder: Rscript logistic_cluster_mgus2.R
library(sandwich)
mgus2 <- read.csv("mgus2.csv", na.strings = "NA")
mgus2$decade <- factor(pmin(pmax(mgus2$age %/% 10, 5), 8), levels = c(7, 5, 6, 8))

fit_one <- function(name, formula, data) {
  fit <- glm(formula, family = binomial(), data = data, control = list(epsilon = 1e-14, maxit = 100))
  covariance <- vcovCL(fit, cluster = data$dxyr, type = "HC1", cadjust = TRUE)
  data.frame(model = name, term = names(coef(fit)), estimate = sprintf("%.17g", coef(fit)),
             std_error = sprintf("%.17g", sqrt(diag(covariance))),
             naive_std_error = sprintf("%.17g", sqrt(diag(vcov(fit)))), n = nobs(fit))
}
complete <- mgus2[!is.na(mgus2$mspike), ]
answers <- rbind(
  fit_one("pcm", pstat ~ age + sex + mspike, complete),
  fit_one("death", death ~ decade + sex, mgus2)
)
write.csv(answers, "logistic_cluster_mgus2.csv", row.names = FALSE, quote = FALSE)
