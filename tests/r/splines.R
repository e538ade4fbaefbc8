# A logistic and a Cox model of mgus2 with a natural cubic spline in age (knots 50, 65, 75, 85): log ratios at each knot
# against 65, errors of the logistic model clustered on the year of diagnosis (HC1), of the Cox model on the same.
# Writes splines.csv. Run from this folder: Rscript splines.R
library(survival)
library(splines)
library(sandwich)
mgus2 <- read.csv("mgus2.csv", na.strings = "NA")
mgus2$months <- with(mgus2, ifelse(pstat == 1, ptime, futime))
curve_of <- function(age) ns(age, knots = c(65, 75), Boundary.knots = c(50, 85))
knots <- c(50, 75, 85)
contrasts <- curve_of(knots) - curve_of(rep(65, 3))

tell <- function(family, fit, variance) {
  in_curve <- grepl("curve_of", names(coef(fit)))
  data.frame(
    family, term = c(paste("age", knots), "sexM"),
    estimate = sprintf("%.17g", c(contrasts %*% coef(fit)[in_curve], coef(fit)[["sexM"]])),
    std_error = sprintf("%.17g", c(
      sqrt(diag(contrasts %*% variance[in_curve, in_curve] %*% t(contrasts))), sqrt(variance["sexM", "sexM"])
    ))
  )
}
logistic <- glm(death ~ curve_of(age) + sex, family = binomial, data = mgus2, control = list(epsilon = 1e-14, maxit = 50))
cox <- coxph(Surv(futime, death) ~ curve_of(age) + sex, data = mgus2, cluster = dxyr, ties = "efron",
             control = coxph.control(eps = 1e-11, iter.max = 50))
write.csv(rbind(
  tell("logistic", logistic, vcovCL(logistic, cluster = ~dxyr, type = "HC1", cadjust = TRUE)),
  tell("cox", cox, vcov(cox) |> (\(v) { dimnames(v) <- list(names(coef(cox)), names(coef(cox))); v })())
), "splines.csv", row.names = FALSE, quote = FALSE)
