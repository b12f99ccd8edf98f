// The entry that the compiler is given as `--runtime`. What an entry exports would be exported by the module: so this has nothing
// but an import.
import './heap';
