defprotocol Shop.Priced do
  @doc "What one of it costs, in cents."
  @fallback_to_any true
  def price(item)
end

defmodule Shop.Fruit do
  @enforce_keys [:name]
  defstruct name: nil, cents: 10
end

defmodule Shop.Box do
  defstruct items: []
end

defimpl Shop.Priced, for: Shop.Fruit do
  def price(fruit), do: fruit.cents
end

defimpl Shop.Priced, for: Shop.Box do
  def price(box), do: box.items |> Enum.map(&Shop.Priced.price/1) |> Enum.sum()
end

defimpl Shop.Priced, for: [Integer, Float] do
  def price(n), do: n
end

defimpl Shop.Priced, for: Any do
  def price(_), do: 0
end

defmodule Shop.Till do
  @moduledoc "A GenServer with a total."
  use GenServer

  def start_link(options), do: GenServer.start_link(__MODULE__, 0, options)
  def sell(till \\ __MODULE__, item), do: GenServer.call(till, {:sell, item})
  def total(till \\ __MODULE__), do: GenServer.call(till, :total)
  def break(till \\ __MODULE__), do: GenServer.cast(till, :break)

  @impl true
  def init(total), do: {:ok, total}

  @impl true
  def handle_call({:sell, item}, _from, total) do
    price = Shop.Priced.price(item)
    {:reply, price, total + price}
  end

  def handle_call(:total, _from, total), do: {:reply, total, total}

  @impl true
  def handle_cast(:break, _), do: exit(:shutdown)
end

defmodule Shop.Application do
  use Application

  @impl true
  def start(_type, _arguments) do
    children = [
      {Shop.Till, name: Shop.Till},
      {Registry, keys: :unique, name: Shop.Registry},
      {Task.Supervisor, name: Shop.Tasks},
      {DynamicSupervisor, name: Shop.Dynamic}
    ]

    Supervisor.start_link(children, strategy: :one_for_one, name: Shop.Supervisor)
  end
end

defmodule Shop.Words do
  @vowels ~w(a e i o u)

  defmacro twice(expression) do
    quote do
      {unquote(expression), unquote(expression)}
    end
  end

  for {name, index} <- Enum.with_index(@vowels) do
    def index(unquote(name)), do: unquote(index)
  end

  def index(_), do: nil

  def parse(<<"v", version::binary-size(3), " ", rest::binary>>), do: {:version, version, rest}
  def parse(<<first::utf8, _::binary>>), do: {:text, <<first::utf8>>}
  def parse(_), do: :none

  def count(text) do
    for word <- String.split(text), reduce: %{} do
      counts -> Map.update(counts, String.downcase(word), 1, &(&1 + 1))
    end
  end
end
