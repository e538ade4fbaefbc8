# Standardised risks and inverse-probability-of-censoring weights on mgus2, clustered on the year of diagnosis.
# Writes absolute_risks.csv and censoring_weights.csv. Run from this folder: Rscript absolute_risks.R
library(survival)
library(sandwich)
mgus2 <- read.csv("mgus2.csv", na.strings = "NA")
mgus2$decade <- factor(pmin(pmax(mgus2$age %/% 10, 5), 8), levels = c(7, 5, 6, 8))
mgus2$sex <- factor(mgus2$sex, levels = c("F", "M"))
shown <- function(x) sprintf("%.15g", x)

fit_one <- function(formula, data, weights = NULL) {
  data$w <- if (is.null(weights)) 1 else weights
  fit <- suppressWarnings(glm(formula, family = binomial(), data = data, weights = w,
                              control = list(epsilon = 1e-14, maxit = 100)))
  list(fit = fit, data = data, covariance = vcovCL(fit, cluster = data$dxyr, type = "HC1", cadjust = TRUE))
}

# Average risk with a column set (or moved), and its slope in each coefficient.
at <- function(m, column, value, move = 0) {
  data <- m$data
  if (move != 0) data[[column]] <- data[[column]] + move
  if (!is.null(value)) data[[column]] <- factor(value, levels = levels(data[[column]]))
  x <- model.matrix(delete.response(terms(m$fit)), data)
  p <- plogis(drop(x %*% coef(m$fit)))
  share <- data$w / sum(data$w)
  list(risk = sum(share * p), slope = colSums(share * p * (1 - p) * x))
}
error <- function(m, slope) sqrt(drop(slope %*% m$covariance %*% slope))
rows_of <- function(name, m, column, level, one, other) {
  z <- qnorm(0.975)
  r <- one$risk
  e <- error(m, one$slope)
  risk <- c(r, e, plogis(qlogis(r) - z * e / (r * (1 - r))), plogis(qlogis(r) + z * e / (r * (1 - r))))
  d <- one$risk - other$risk
  e <- error(m, one$slope - other$slope)
  difference <- c(d, e, d - z * e, d + z * e)
  q <- one$risk / other$risk
  e <- error(m, one$slope / one$risk - other$slope / other$risk)
  ratio <- c(q, e, q * exp(-z * e), q * exp(z * e))
  figures <- rbind(risk, difference, ratio)
  data.frame(model = name, term = column, level = level, quantity = rownames(figures), estimate = shown(figures[, 1]),
             std_error = shown(figures[, 2]), conf_low = shown(figures[, 3]), conf_high = shown(figures[, 4]))
}
levels_of <- function(name, m, column) {
  all <- levels(m$data[[column]])
  do.call(rbind, lapply(all, function(level) {
    rows_of(name, m, column, level, at(m, column, level), at(m, column, all[1]))
  }))
}
step_of <- function(name, m, column) rows_of(name, m, column, "", at(m, column, NULL, 1), at(m, column, NULL))

complete <- mgus2[!is.na(mgus2$mspike), ]
pcm <- fit_one(pstat ~ age + sex + mspike, complete)
death <- fit_one(death ~ decade + sex, mgus2)

# Malignancy within 120 months; a death without it is a known "no"; who was last seen earlier is lost.
horizon <- 120
early <- within(mgus2, {
  settled <- ifelse(pstat == 1, ptime, futime)
  first <- ifelse(pstat == 1, 1, ifelse(death == 1, 2, 0))
  months <- pmin(settled, horizon)
  lost <- first == 0 & settled < horizon
  event <- as.integer(first == 1 & settled <= horizon)
})
# Events of a month come before losses of it.
early$time <- early$months + 0.5 * early$lost
before <- function(steps, curve, time) c(1, curve)[findInterval(time, steps, left.open = TRUE) + 1]
km <- survfit(Surv(time, lost) ~ 1, data = early)
early$km <- 1 / before(km$time, km$surv, early$time)
# R's own redistribution to the right gives the same weights.
ways <- factor(ifelse(early$lost, 0, ifelse(early$event == 1, 1, ifelse(early$first == 2 & early$settled <= horizon, 2, 3))))
own <- rttright(Surv(months, ways) ~ 1, data = early)
stopifnot(max(abs(own - ifelse(early$lost, 0, early$km))) < 1e-9)
cox <- coxph(Surv(time, lost) ~ age + sex, data = early, control = coxph.control(eps = 1e-12, iter.max = 50))
hazard <- basehaz(cox, centered = FALSE)
score <- drop(model.matrix(~ age + sex, early)[, -1] %*% coef(cox))
early$cox <- 1 / before(hazard$time, exp(-hazard$hazard), early$time)^exp(score)
known <- early[!early$lost, ]
known$cut <- pmin(known$cox, quantile(known$cox, 0.9, type = 7))

weighted <- do.call(rbind, lapply(c("km", "cox", "cut"), function(name) {
  m <- fit_one(event ~ age + sex, known, known[[name]])
  data.frame(weights = name, figure = c(names(coef(m$fit)), paste0("quantile_", 0:4)),
             estimate = shown(c(coef(m$fit), quantile(known[[name]], 0:4 / 4, type = 7))),
             std_error = c(shown(sqrt(diag(m$covariance))), rep(NA, 5)))
}))
write.csv(weighted, "censoring_weights.csv", row.names = FALSE, quote = FALSE)

ipcw <- fit_one(event ~ age + sex, known, known$cox)
answers <- rbind(levels_of("pcm", pcm, "sex"), step_of("pcm", pcm, "mspike"), levels_of("death", death, "decade"),
                 levels_of("ipcw", ipcw, "sex"), step_of("ipcw", ipcw, "age"))
write.csv(answers, "absolute_risks.csv", row.names = FALSE, quote = FALSE)
