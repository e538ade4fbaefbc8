# Marginal homogeneity by R: Stuart's test as the generalised Cochran-Mantel-Haenszel test with one stratum for each
# person (Agresti 2002, Categorical Data Analysis, 2nd ed., section 10.6), McNemar's test, and the exact binomial test.
vision <- as.matrix(read.csv("vision.csv")[, -1])
cells <- which(vision > 0, arr.ind = TRUE)
pairs <- cells[rep(seq_len(nrow(cells)), vision[cells]), ]
person <- rep(seq_len(nrow(pairs)), 2)
eye <- rep(c("right", "left"), each = nrow(pairs))
stuart <- mantelhaen.test(factor(eye), factor(c(pairs[, 1], pairs[, 2])), factor(person))

# Agresti 1990, p. 350: approval of a president in two surveys of 1,600 persons.
mcnemar <- mcnemar.test(matrix(c(794, 86, 150, 570), nrow = 2), correct = FALSE)

# Twenty who changed, six of them one way.
exact <- binom.test(6, 20)

# Obuchowski 1998 without the factor (K - 1) / K, on the clusters of clustered_pairs.csv.
clustered <- read.csv("clustered_pairs.csv")
obuchowski <- sapply(split(clustered, clustered$data), function(d) {
  moved <- d$only_first - d$only_second
  sum(moved)^2 / sum(moved^2)
})

write.csv(
  data.frame(
    test = c("stuart", "mcnemar", "exact", names(obuchowski)),
    statistic = c(stuart$statistic, mcnemar$statistic, NA, obuchowski),
    df = c(stuart$parameter, mcnemar$parameter, NA, rep(1, length(obuchowski))),
    p_value = c(
      stuart$p.value, mcnemar$p.value, exact$p.value, pchisq(obuchowski, 1, lower.tail = FALSE)
    )
  ),
  "marginal_homogeneity.csv", row.names = FALSE, quote = FALSE
)
