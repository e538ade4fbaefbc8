# Bootstrap optimism (Harrell 1996) of the c-statistic, the calibration slope and calibration in the large on the first 400
# complete rows of mgus2, two rows in turn a cluster; clusters are drawn with replacement. Models: death (logistic), time
# to death (Cox, Efron's ties), the same stratified by sex. Writes performance_resamples.csv (one row for each resample:
# the clusters drawn) and performance_mgus2.csv. Run from this folder: Rscript performance_mgus2.R
library(survival)
mgus2 <- read.csv("mgus2.csv", na.strings = "NA")
data <- head(mgus2[!is.na(mgus2$mspike) & !is.na(mgus2$hgb), ], 400)
data$male <- as.numeric(data$sex == "M")
data$cluster <- (seq_len(nrow(data)) - 1) %/% 2
set.seed(7)
drawn <- t(replicate(25, sample(0:199, replace = TRUE)))
write.table(drawn, "performance_resamples.csv", sep = ",", row.names = FALSE,
            col.names = paste0("draw_", seq_len(ncol(drawn))))

control <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)
tight <- list(epsilon = 1e-15, maxit = 100)
auc <- function(score, event) {
  ranks <- rank(score)
  n1 <- sum(event == 1)
  (sum(ranks[event == 1]) - n1 * (n1 + 1) / 2) / (n1 * sum(event == 0))
}
logistic <- function(fitted_on, judged_on) {
  fit <- glm(death ~ age + male + mspike, family = binomial(), data = fitted_on, control = tight)
  judged_on$lp <- predict(fit, judged_on)
  slope <- glm(death ~ lp, family = binomial(), data = judged_on, control = tight)
  level <- glm(death ~ offset(lp), family = binomial(), data = judged_on, control = tight)
  c(auc(judged_on$lp, judged_on$death), coef(slope)[["lp"]], coef(level)[[1]])
}
cox <- function(fitted_on, judged_on) {
  fit <- coxph(Surv(futime, death) ~ age + male + mspike, data = fitted_on, control = control)
  judged_on$lp <- as.vector(as.matrix(judged_on[c("age", "male", "mspike")]) %*% coef(fit))
  slope <- coxph(Surv(futime, death) ~ lp, data = judged_on, control = control)
  c(concordance(Surv(futime, death) ~ lp, data = judged_on, reverse = TRUE)$concordance, coef(slope)[["lp"]], NA)
}
stratified <- function(fitted_on, judged_on) {
  fit <- coxph(Surv(futime, death) ~ age + mspike + strata(sex), data = fitted_on, control = control)
  judged_on$lp <- as.vector(as.matrix(judged_on[c("age", "mspike")]) %*% coef(fit))
  slope <- coxph(Surv(futime, death) ~ lp + strata(sex), data = judged_on, control = control)
  harrell <- concordance(Surv(futime, death) ~ lp + strata(sex), data = judged_on, reverse = TRUE)$concordance
  c(harrell, coef(slope)[["lp"]], NA)
}

measures <- c("c_statistic", "calibration_slope", "calibration_in_the_large")
one_model <- function(name, performance) {
  apparent <- performance(data, data)
  pairs <- apply(drawn, 1, function(clusters) {
    resample <- do.call(rbind, lapply(clusters, function(number) data[data$cluster == number, ]))
    c(performance(resample, resample), performance(resample, data))
  })
  there <- pairs[1:3, ]
  here <- pairs[4:6, ]
  optimism <- rowMeans(there - here)
  ends <- apply(there, 1, quantile, probs = c(0.025, 0.975), na.rm = TRUE)
  data.frame(model = name, measure = measures, apparent = sprintf("%.17g", apparent),
             conf_low = sprintf("%.17g", ends[1, ]), conf_high = sprintf("%.17g", ends[2, ]),
             optimism = sprintf("%.17g", optimism), corrected = sprintf("%.17g", apparent - optimism))
}
answers <- rbind(one_model("logistic", logistic), one_model("cox", cox), one_model("stratified", stratified))
write.csv(answers, "performance_mgus2.csv", row.names = FALSE, quote = FALSE)
