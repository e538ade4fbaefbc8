# Multistate Aalen-Johansen curves with survfit(..., id, istate), influence summed by cluster, log(-log) intervals; and
# restricted mean time in each state by a horizon. (a) mgus2 from 24 months on, with and without malignancy by then;
# (b) 120 made-up histories among four states, on few days, with returns (multistate.csv).
# Writes multistate.csv, multistate_curves.csv and multistate_times.csv. Run from this folder: Rscript multistate.R
library(survival)

set.seed(7)
states <- c("home", "apart", "back", "dead")
histories <- do.call(rbind, lapply(1:120, function(id) {
  now <- sample(c("home", "apart"), 1, prob = c(0.8, 0.2))
  day <- 0
  last <- sample(c(20, 30, 40), 1)
  rows <- NULL
  while (day < last && now != "dead") {
    next_day <- day + sample(2:14, 1)
    next_state <- switch(now, home = sample(c("apart", "dead"), 1, prob = c(0.85, 0.15)),
                         apart = sample(c("back", "dead"), 1, prob = c(0.9, 0.1)), back = sample(c("apart", "dead"), 1))
    if (next_day > last) { next_day <- last; next_state <- "censored" }
    rows <- rbind(rows, data.frame(id = id, cluster = ceiling(id / 3), start = day, stop = next_day, state = now,
                                   next_state = next_state))
    day <- next_day
    now <- next_state
  }
  rows
}))
write.csv(histories, "multistate.csv", row.names = FALSE, quote = FALSE)

mgus2 <- read.csv("mgus2.csv", na.strings = "NA")
mgus2 <- mgus2[mgus2$futime > 24, ]
illness <- do.call(rbind, lapply(seq_len(nrow(mgus2)), function(i) {
  with(mgus2[i, ], {
    end <- ifelse(death == 1, "death", "censored")
    if (pstat == 1 && ptime <= 24) data.frame(id, cluster = dxyr, start = 0, stop = futime - 24, state = "pcm", next_state = end)
    # On a day with both, death is what is left.
    else if (pstat == 1 && ptime < futime) data.frame(id, cluster = dxyr, start = c(0, ptime - 24),
      stop = c(ptime, futime) - 24, state = c("mgus", "pcm"), next_state = c("pcm", end))
    else data.frame(id, cluster = dxyr, start = 0, stop = futime - 24, state = "mgus",
                    next_state = ifelse(pstat == 1 && end == "censored", "pcm", end))
  })
}))

answers_of <- function(name, data, states, horizon) {
  data$event <- factor(data$next_state, c("censored", states))
  data$istate <- factor(data$state, states)
  fit <- survfit(Surv(start, stop, event) ~ 1, data, id = id, istate = istate, influence = TRUE, conf.type = "log-log")
  stopifnot(identical(fit$states, states))
  cluster <- data$cluster[!duplicated(data$id)]
  influence <- fit$influence.pstate
  # Day 0 is among the influences, not among the times.
  times <- c(0, fit$time)
  stopifnot(dim(influence)[2] == length(times))
  own <- summary(fit, rmean = horizon)$table
  curves <- times_lost <- NULL
  for (k in seq_along(states)) {
    by_cluster <- rowsum(influence[, , k], cluster)
    se <- sqrt(colSums(by_cluster^2))
    p <- c(fit$p0[k], fit$pstate[, k])
    curves <- rbind(curves, data.frame(case = name, state = states[k], day = times, estimate = p, std_error = se))
    inside <- times <= horizon
    widths <- diff(c(times[inside], horizon))
    times_lost <- rbind(times_lost, data.frame(case = name, state = states[k], horizon = horizon,
      mean_days = sum(p[inside] * widths),
      std_error = sqrt(sum((by_cluster[, inside, drop = FALSE] %*% widths)^2)),
      std_error_by_id = sqrt(sum((influence[, inside, k] %*% widths)^2))))
    stopifnot(all.equal(times_lost$mean_days[k], own[k, "rmean"], check.attributes = FALSE),
              all.equal(times_lost$std_error_by_id[k], own[k, "se(rmean)"], check.attributes = FALSE))
  }
  list(curves, times_lost)
}
answers <- list(answers_of("mgus2", illness, c("mgus", "pcm", "death"), 240),
                answers_of("made_up", histories, states, 35))
for (part in 1:2) {
  frame <- do.call(rbind, lapply(answers, `[[`, part))
  for (figure in intersect(names(frame), c("estimate", "std_error", "std_error_by_id", "mean_days"))) {
    frame[[figure]] <- sprintf("%.17g", frame[[figure]])
  }
  write.csv(frame, c("multistate_curves.csv", "multistate_times.csv")[part], row.names = FALSE, quote = FALSE)
}
write.csv(illness, "multistate_mgus2.csv", row.names = FALSE, quote = FALSE)
