//! `courier step-types`: the specs that forms and checks are drawn from, as text.

use crate::exit;
use crate::output::Out;
use courier_app::AppError;
use courier_domain::ErrorCode;
use courier_domain::step::{StepSpec, specs};

pub(super) fn run(type_key: Option<&str>, out: &Out) -> Result<u8, AppError> {
    let all = specs();
    let Some(wanted) = type_key else {
        if out.json {
            out.json(&all);
        } else {
            let rows: Vec<_> =
                all.iter().map(|s| vec![s.type_key.clone(), s.label.clone(), s.summary.clone()]).collect();
            out.table(&["TYPE", "NAME", "DOES"], &rows);
        }
        return Ok(exit::DONE);
    };
    let spec = all.into_iter().find(|s| s.type_key == wanted).ok_or_else(|| {
        AppError::new(ErrorCode::NotFound, format!("There is no step type `{wanted}`."))
            .with_hint("`courier step-types` lists them.")
    })?;
    if out.json {
        out.json(&spec);
    } else {
        show(&spec, out);
    }
    Ok(exit::DONE)
}

fn show(spec: &StepSpec, out: &Out) {
    out.line(&format!("{}: {}", spec.type_key, spec.summary));
    out.line("\nParameters (* is required):");
    for field in &spec.fields {
        let star = if field.required { "*" } else { " " };
        let default = match &field.default {
            Some(value) => format!(" [{value}]"),
            None => String::new(),
        };
        let choices: Vec<_> = field.choices.iter().map(|c| c.value.as_str()).collect();
        let kind = if choices.is_empty() { field.field_type.to_string() } else { choices.join(" | ") };
        out.line(&format!("{star} {} ({kind}){default}\n      {}", field.name, field.help));
    }
    out.line("\nOutputs:");
    for output in &spec.outputs {
        out.line(&format!("  {} ({}): {}", output.name, output.output_type, output.help));
    }
}
