# Fine-Gray models on mgus2: finegray() weights, Efron ties, covariance clustered (a) on the patient, (b) on the year of
# diagnosis. Writes fine_gray_mgus2.csv. Run from this folder: Rscript fine_gray_mgus2.R
library(survival)
mgus2 <- read.csv("mgus2.csv", na.strings = "NA")
mgus2$patient <- seq_len(nrow(mgus2))
mgus2$sexM <- as.numeric(mgus2$sex == "M")
mgus2$time <- ifelse(mgus2$pstat == 1, mgus2$ptime, mgus2$futime)
mgus2$state <- factor(ifelse(mgus2$pstat == 1, "pcm", ifelse(mgus2$death == 1, "death", "censored")),
                      levels = c("censored", "pcm", "death"))
complete <- mgus2[!is.na(mgus2$age) & !is.na(mgus2$mspike),
                  c("time", "state", "age", "sexM", "mspike", "patient", "dxyr")]

fit_one <- function(cause, cluster_column) {
  expanded <- finegray(Surv(time, state) ~ ., data = complete, etype = cause)
  expanded$cluster_id <- expanded[[cluster_column]]
  fit <- coxph(Surv(fgstart, fgstop, fgstatus) ~ age + sexM + mspike, data = expanded, weights = fgwt,
               cluster = cluster_id, ties = "efron", control = coxph.control(eps = 1e-11, iter.max = 50))
  data.frame(cause = cause, cluster = cluster_column, term = names(coef(fit)), estimate = unname(coef(fit)),
             std_error = sqrt(diag(vcov(fit))), naive_std_error = sqrt(diag(fit$naive.var)))
}

answers <- do.call(rbind, lapply(c("pcm", "death"), function(cause) {
  rbind(fit_one(cause, "patient"), fit_one(cause, "dxyr"))
}))
for (figure in c("estimate", "std_error", "naive_std_error")) answers[[figure]] <- sprintf("%.17g", answers[[figure]])
write.csv(answers, "fine_gray_mgus2.csv", row.names = FALSE, quote = FALSE)
