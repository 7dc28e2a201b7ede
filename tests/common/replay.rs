//! Puts failed flowfiles back, through the library.

use std::{collections::BTreeMap, sync::Arc};

use headwater::{
    engine::{Engine, EngineOptions},
    flow::{self, LoadOptions, ParameterOverrides, Registry},
    limits::ROLLBACKS_MAX_IN_RUN,
    repository::{Durability, KeyLookup},
    system::{SystemClock, SystemEntropy},
};

use super::Bench;

/// Puts these failed flowfiles back before the processors that failed them, and works until nothing is queued.
pub(crate) fn put_back(bench: &Bench, numbers: &[u64]) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut engine = open(bench).await;
        engine.replay(numbers, None).await.unwrap();
        let report = engine.drain().await.unwrap();
        assert!(!report.has_failed(), "{report:?}");
        engine.close().await.unwrap();
    });
}

async fn open(bench: &Bench) -> Engine {
    let settings = bench.xero.settings();
    let mut overrides = ParameterOverrides::default();
    for (name, value) in [
        ("api_url", bench.xero.url()),
        ("identity_url", bench.xero.url()),
        ("tenant_id", settings.tenant_id.as_str()),
        ("client_id", settings.client_id.as_str()),
        ("client_secret", settings.client_secret.as_str()),
    ] {
        overrides.set(name, value);
    }
    let environment = Arc::new(BTreeMap::new());
    let options =
        LoadOptions { overrides, environment: environment.clone(), ..LoadOptions::default() };
    let registry = Registry::new(&[processors_standard::PROCESSORS]).unwrap();
    let Ok(loaded) = flow::load(&bench.path("xero-invoices.yaml"), &registry, &options) else {
        panic!("the flow loads")
    };
    let options = EngineOptions {
        folder: bench.path(".headwater"),
        durability: Durability::Fsync,
        keys: KeyLookup { home: Some(bench.path("home")), ..KeyLookup::default() },
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        environment,
        rollbacks_max: ROLLBACKS_MAX_IN_RUN,
    };
    match Engine::open(Arc::new(loaded.flow), options).await {
        Ok(engine) => engine,
        Err(error) => panic!("{error}"),
    }
}
