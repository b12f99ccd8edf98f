// For editors only: what the compiler knows and its published types leave out. The compiler does not read this file.

declare function __new(size: usize, id: u32): usize;
declare function __pin(object: usize): usize;
declare function __unpin(object: usize): void;
declare function __visit_globals(cookie: u32): void;
declare function __visit_members(object: usize, cookie: u32): void;
/** Only with the SDK's runtime: ask with `isDefined`. */
declare function __collectWhenDue(): void;
