# Firth's penalised logistic regression on sex2 and endometrial, in base R. Writes firth.csv.
# Run from this folder: Rscript firth.R
# What brglm2 0.9 and logistf print for these data is checked in test_firth_r.py.
risks_of <- function(x, beta) plogis(drop(x %*% beta))

penalised <- function(x, y, beta) {
  p <- risks_of(x, beta)
  sum(dbinom(y, 1, p, log = TRUE)) + 0.5 * c(determinant(crossprod(x * sqrt(p * (1 - p))))$modulus)
}

# Greatest penalised likelihood over the free coefficients, by Firth's modified scores; halved steps.
climb <- function(x, y, beta, free) {
  for (iteration in 1:5000) {
    p <- risks_of(x, beta)
    w <- p * (1 - p)
    root <- x * sqrt(w)
    h <- rowSums((root %*% solve(crossprod(root))) * root)
    score <- drop(crossprod(x, y - p + h * (0.5 - p)))[free]
    step <- solve(crossprod(root)[free, free, drop = FALSE], score)
    size <- min(1, 1 / max(abs(step)))
    now <- penalised(x, y, beta)
    repeat {
      new <- beta
      new[free] <- beta[free] + size * step
      if (isTRUE(penalised(x, y, new) >= now - 1e-12) || size < 1e-6) break
      size <- size / 2
    }
    beta <- new
    if (max(abs(score)) < 1e-11) break
  }
  beta
}

answers_of <- function(name, data, outcome) {
  y <- data[[outcome]]
  x <- cbind(intercept = 1, as.matrix(data[setdiff(names(data), outcome)]))
  js <- seq_len(ncol(x))
  beta <- climb(x, y, rep(0, ncol(x)), js)
  top <- penalised(x, y, beta)
  p <- risks_of(x, beta)
  error <- sqrt(diag(solve(crossprod(x * sqrt(p * (1 - p))))))
  fall <- function(j, value) {
    start <- beta
    start[j] <- value
    2 * (top - penalised(x, y, climb(x, y, start, js[-j])))
  }
  limit <- function(j, side) {
    ends <- sort(beta[j] + side * error[j] * c(0.5, 3.6))
    uniroot(function(value) fall(j, value) - qchisq(0.95, 1), ends, tol = 1e-11)$root
  }
  offset <- drop(x[, -1] %*% beta[-1])
  flic <- coef(glm(y ~ 1 + offset(offset), family = binomial(), control = list(epsilon = 1e-14)))
  rbind(
    data.frame(model = name, term = colnames(x), estimate = beta, std_error = error,
               conf_low = sapply(js, limit, side = -1), conf_high = sapply(js, limit, side = 1),
               p_value = sapply(js, function(j) pchisq(fall(j, 0), 1, lower.tail = FALSE))),
    data.frame(model = name, term = c("flic_intercept", "penalised_loglik"), estimate = c(flic, top),
               std_error = NA, conf_low = NA, conf_high = NA, p_value = NA)
  )
}

# The files hold each combination once, with the number of women who have it.
read_women <- function(name) {
  counted <- read.csv(name)
  counted[rep(seq_len(nrow(counted)), counted$n), names(counted) != "n"]
}

answers <- rbind(answers_of("sex2", read_women("sex2.csv"), "case"),
                 answers_of("endometrial", read_women("endometrial.csv"), "HG"))
figures <- c("estimate", "std_error", "conf_low", "conf_high", "p_value")
answers[figures] <- lapply(answers[figures], function(x) ifelse(is.na(x), NA, sprintf("%.12g", x)))
write.csv(answers, "firth.csv", row.names = FALSE, quote = FALSE)
