"""The schema, one module per aggregate. `registry` has all of it; whoever needs a table imports its
own module, because making every table takes longer than most commands do."""
