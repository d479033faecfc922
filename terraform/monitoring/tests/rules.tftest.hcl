# The mapping of a rule file by itself: what it makes of durations, names and expressions, and what it refuses.
run "rule" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "1m30s"
        rules = [{
          alert       = "Lagging"
          expr        = "max(\n  lag{service_name=\"data-api\",mode=\"data-api-2\"}\n) > 100"
          for         = "1h10m"
          labels      = { severity = "page" }
          annotations = { summary = "It lags.", runbook = "docs/runbooks/lag.md" }
        }]
      }]
    }
    names = { data-api = "rows" }
    texts = { filter = "a=\"data-api\" AND b=~\"data-api|x\"" }
  }

  assert {
    condition     = output.policies["Lagging"].query == "max( lag{service_name=\"rows\",mode=\"data-api-2\"} ) > 100"
    error_message = "One line, and only a whole label is a name."
  }
  assert {
    condition     = output.policies["Lagging"].interval == "90s" && output.policies["Lagging"].duration == "4200s"
    error_message = "Durations are seconds, whatever units they were written in."
  }
  assert {
    condition     = output.signals["Lagging"].query == "max( lag{service_name=\"rows\",mode=\"data-api-2\"} )" && output.signals["Lagging"].limit == 100
    error_message = "A chart draws what is compared, and its limit."
  }
  assert {
    condition     = output.texts.filter == "a=\"rows\" AND b=~\"data-api|x\"" && length(output.texts) == 1
    error_message = "Other texts get the names too."
  }
}

run "signal_with_a_comparison_inside" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "count(max_over_time(up[10m]) == 0) >= 2"
          for         = "0s"
          labels      = { severity = "page" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  assert {
    condition     = output.signals["A"].query == "count(max_over_time(up[10m]) == 0)" && output.signals["A"].limit == 2
    error_message = "A comparison inside of brackets is part of what is drawn."
  }
}

run "signal_before_a_second_condition" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "(max(a)) / (max(b)) > 0.0144 and (max(b)) >= 5"
          for         = "0s"
          labels      = { severity = "page" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  assert {
    condition     = output.signals["A"].query == "(max(a)) / (max(b))" && output.signals["A"].limit == 0.0144
    error_message = "What is compared first is drawn."
  }
}

run "signal_without_a_comparison" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "absent_over_time(up[15m])"
          for         = "0s"
          labels      = { severity = "page" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  assert {
    condition     = output.signals["A"].query == "absent_over_time(up[15m])" && output.signals["A"].limit == null
    error_message = "Without a comparison, the whole is drawn."
  }
}

run "look_back_of_three_days" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "rate(a[3d]) > 1 and rate(a[6h]) > 1"
          for         = "5m"
          labels      = { severity = "page" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  assert {
    condition     = output.policies["A"].duration == null
    error_message = "Past 25 hours there is no duration."
  }
}

run "look_back_of_a_day" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "rate(a[1d]) > 1"
          for         = "5m"
          labels      = { severity = "page" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  assert {
    condition     = output.policies["A"].duration == "300s"
    error_message = "Up to 25 hours there is one."
  }
}

run "recording_rules_are_left_out" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "max(a) > 1"
          for         = "0s"
          labels      = { severity = "page" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }, { record = "a:b", expr = "sum(a)" }]
      }]
    }
  }

  assert {
    condition     = keys(output.policies) == ["A"]
    error_message = "Cloud Monitoring has no recording rules."
  }
}

run "no_rules" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = { groups = [] }
  }

  expect_failures = [output.policies]
}

run "severity_of_nobody" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "max(a) > 1"
          for         = "0s"
          labels      = { severity = "info" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  expect_failures = [output.policies]
}

run "no_severity" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "max(a) > 1"
          for         = "0s"
          labels      = { slo = "x" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  expect_failures = [output.policies]
}

run "name_with_a_dash" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "a-b"
          expr        = "max(a) > 1"
          for         = "0s"
          labels      = { severity = "page" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  expect_failures = [output.policies]
}

run "comment_in_a_query" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "max(a) # why\n > 1"
          for         = "0s"
          labels      = { severity = "page" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  expect_failures = [output.policies]
}

run "pattern_for_a_metrics_name" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "max({__name__=~\"a.*\"}) > 1"
          for         = "0s"
          labels      = { severity = "page" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  expect_failures = [output.policies]
}

run "single_quotes" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "max(a{b='c'}) > 1"
          for         = "0s"
          labels      = { severity = "page" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  expect_failures = [output.policies]
}

run "backslash" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "max(a{b=~\"c\\\\.d\"}) > 1"
          for         = "0s"
          labels      = { severity = "page" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  expect_failures = [output.policies]
}

run "subquery" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "max_over_time(max(a)[3d:5m]) > 1"
          for         = "0s"
          labels      = { severity = "page" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  expect_failures = [output.policies]
}

run "window_of_weeks" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "max(rate(a[1w])) > 1"
          for         = "0s"
          labels      = { severity = "page" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  expect_failures = [output.policies]
}

run "window_of_two_units" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "max(rate(a[73h30m])) > 1"
          for         = "0s"
          labels      = { severity = "page" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  expect_failures = [output.policies]
}

run "interval_of_45_seconds" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "45s"
        rules = [{
          alert       = "A"
          expr        = "max(a) > 1"
          for         = "0s"
          labels      = { severity = "page" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  expect_failures = [output.policies]
}

run "interval_of_nothing" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "0s"
        rules = [{
          alert       = "A"
          expr        = "max(a) > 1"
          for         = "0s"
          labels      = { severity = "page" }
          annotations = { summary = "S.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  expect_failures = [output.policies]
}

run "template_in_a_summary" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "max(a) > 1"
          for         = "0s"
          labels      = { severity = "page" }
          annotations = { summary = "It is {{ $value }}.", runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  expect_failures = [output.policies]
}

run "summary_too_long" {
  command = plan

  module {
    source = "./rules"
  }

  variables {
    document = {
      groups = [{
        name     = "one"
        interval = "60s"
        rules = [{
          alert       = "A"
          expr        = "max(a) > 1"
          for         = "0s"
          labels      = { severity = "page" }
          annotations = { summary = join("", [for number in range(256) : "x"]), runbook = "docs/runbooks/a.md" }
        }]
      }]
    }
  }

  expect_failures = [output.policies]
}
