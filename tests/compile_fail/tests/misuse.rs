//! What must not compile, and what the compiler says then: its words are a part of the product.
//!
//! After a change of the messages, `TRYBUILD=overwrite` writes the `.stderr` files anew.

#[test]
fn misuse_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.pass("cases/passes.rs");
    cases.compile_fail("cases/fail_*.rs");
}
