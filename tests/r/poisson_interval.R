# Exact intervals of a Poisson count (Garwood) by poisson.test of R's stats. Writes poisson_interval.csv. Run from this
# folder: Rscript poisson_interval.R
cases <- expand.grid(n_events = c(0, 1, 2, 5, 10, 30, 137, 1000, 25000), confidence = c(0.9, 0.95, 0.99))
ends <- t(mapply(function(n, p) poisson.test(n, conf.level = p)$conf.int, cases$n_events, cases$confidence))
answers <- data.frame(cases, conf_low = ends[, 1], conf_high = ends[, 2])
answers[-(1:2)] <- lapply(answers[-(1:2)], sprintf, fmt = "%.17g")
write.csv(answers, "poisson_interval.csv", row.names = FALSE, quote = FALSE)
