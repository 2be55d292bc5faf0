defmodule Shop.Doc do
  @doc """
  Examples that the tests run.

      iex> double(21)
      42

      iex> double("x")
      ** (ArithmeticError) bad argument in arithmetic expression

  """
  def double(x), do: x * 2
end
