# Fine-Gray models on mgus2 by crr(): Breslow ties, the uncertainty of the censoring weights in the covariance.
# crr() knows no clusters. Writes crr_mgus2.csv. Run from this folder: Rscript crr_mgus2.R
library(cmprsk)
mgus2 <- read.csv("mgus2.csv", na.strings = "NA")
mgus2$sexM <- as.numeric(mgus2$sex == "M")
mgus2$time <- ifelse(mgus2$pstat == 1, mgus2$ptime, mgus2$futime)
mgus2$state <- ifelse(mgus2$pstat == 1, 1, ifelse(mgus2$death == 1, 2, 0))
complete <- mgus2[!is.na(mgus2$age) & !is.na(mgus2$mspike), ]
terms <- c("age", "sexM", "mspike")

answers <- do.call(rbind, lapply(c(pcm = 1, death = 2), function(cause) {
  fit <- crr(complete$time, complete$state, as.matrix(complete[, terms]), failcode = cause, cencode = 0,
             gtol = 1e-12, maxiter = 50)
  stopifnot(fit$converged)
  data.frame(cause = c("pcm", "death")[cause], term = terms, estimate = unname(fit$coef),
             std_error = sqrt(diag(fit$var)))
}))
for (figure in c("estimate", "std_error")) answers[[figure]] <- sprintf("%.17g", answers[[figure]])
write.csv(answers, "crr_mgus2.csv", row.names = FALSE, quote = FALSE)
