ExUnit.start(seed: 0, max_cases: 1)
