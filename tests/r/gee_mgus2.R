# Logistic GEE on mgus2, exchangeable working correlation within (a) the year of diagnosis, (b) bands of haemoglobin half
# a gram wide, in which deaths are correlated. Standard errors: geepack's "san.se", the sandwich without a correction.
# "alpha" is geepack's working correlation, from plain means of residuals and of their products.
# Writes gee_mgus2.csv. Run from this folder: Rscript gee_mgus2.R
library(geepack)
mgus2 <- read.csv("mgus2.csv", na.strings = "NA")
mgus2$band <- floor(mgus2$hgb * 2)
complete <- mgus2[!is.na(mgus2$mspike) & !is.na(mgus2$hgb), ]

fit_one <- function(cluster) {
  data <- complete[order(complete[[cluster]]), ]
  data$number <- data[[cluster]]
  fit <- geeglm(death ~ age + sex + mspike, id = number, data = data, family = binomial, corstr = "exchangeable",
                std.err = "san.se", control = geese.control(epsilon = 1e-13, maxit = 500))
  figures <- summary(fit)$coefficients
  data.frame(cluster = cluster, term = rownames(figures), estimate = sprintf("%.17g", figures$Estimate),
             std_error = sprintf("%.17g", figures$Std.err), alpha = sprintf("%.17g", fit$geese$alpha), n = nrow(data))
}
write.csv(rbind(fit_one("dxyr"), fit_one("band")), "gee_mgus2.csv", row.names = FALSE, quote = FALSE)
