"""The console for operators, in the terminal."""

import os

# After Escape Textual waits so many milliseconds for the rest of a longer key, 100 unless told;
# before it is imported, for it looks only then.
os.environ.setdefault("ESCDELAY", "20")
